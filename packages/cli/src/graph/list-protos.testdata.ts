/** Files, links and what both buf and we find. */
export const linkCases: readonly {
  readonly title: string;
  readonly buf?: string;
  readonly files: readonly string[];
  readonly links: readonly (readonly [path: string, target: string])[];
  readonly found: readonly string[];
}[] = [
  {
    title: "hidden folders, node_modules, names that only look like .proto",
    files: ["proto/.hidden/h.proto", "proto/node_modules/n.proto", "proto/x.proto.txt", "proto/.proto"],
    links: [],
    found: ["proto/.hidden/h.proto", "proto/.proto", "proto/node_modules/n.proto"],
  },
  {
    title: "a link to a folder outside of the module",
    files: ["proto/a.proto", "other/b.proto"],
    links: [["proto/link", "../other"]],
    found: ["proto/a.proto", "proto/link/b.proto"],
  },
  {
    title: "two links to one folder: the first counts",
    files: ["proto/a.proto", "other/b.proto"],
    links: [
      ["proto/two", "../other"],
      ["proto/one", "../other"],
    ],
    found: ["proto/a.proto", "proto/one/b.proto"],
  },
  {
    title: "a link before and one after the file it leads to",
    files: ["proto/m.proto"],
    links: [
      ["proto/a.proto", "m.proto"],
      ["proto/z.proto", "m.proto"],
    ],
    found: ["proto/a.proto", "proto/m.proto"],
  },
  {
    title: "a link to a folder that holds the module",
    files: ["proto/a.proto", "other/b.proto"],
    links: [["proto/up", ".."]],
    found: ["proto/a.proto", "proto/up/other/b.proto"],
  },
  {
    title: "a module that is a link",
    files: ["real/a.proto"],
    links: [
      ["proto", "real"],
      ["real/0.proto", "a.proto"],
    ],
    found: ["proto/0.proto"],
  },
  {
    title: "links to nowhere",
    files: ["proto/a.proto"],
    links: [
      ["proto/b.proto", "nowhere.proto"],
      ["proto/c", "nowhere"],
    ],
    found: ["proto/a.proto"],
  },
  {
    title: "a link into an excluded folder",
    buf: "version: v2\nmodules:\n  - path: proto\n    excludes: [proto/d]\n",
    files: ["proto/a.proto", "proto/d/e/d.proto"],
    links: [["proto/z", "d/e"]],
    found: ["proto/a.proto"],
  },
  {
    title: "includes and excludes",
    buf: "version: v2\nmodules:\n  - path: proto\n    includes: [proto/a]\n    excludes: [proto/a/b]\n",
    files: ["proto/a/a.proto", "proto/a/b/b.proto", "proto/c/c.proto"],
    links: [["proto/a/l", "../../other"]],
    found: ["proto/a/a.proto"],
  },
];
