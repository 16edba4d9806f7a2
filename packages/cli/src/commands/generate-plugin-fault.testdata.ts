/** What a plugin does wrong, as the body of a fake one, and what is said of it. */
export interface PluginFault {
  readonly title: string;
  readonly body: string;
  readonly code: "PLUGIN" | "OUTPUT";
  readonly says: readonly string[];
  readonly help?: string;
}

const writes = (...names: string[]) =>
  `respond(${JSON.stringify(names.map((name) => ({ name, content: "x" })))});`;

const refused = (name: string, reason: string): PluginFault => ({
  title: `writes ${JSON.stringify(name)}`,
  body: writes(name),
  code: "OUTPUT",
  says: ["./fake", JSON.stringify(name), "refused", reason],
});

export const pluginFaults: readonly PluginFault[] = [
  {
    title: "crashes",
    body: 'fs.writeSync(2, "boom\\n"); process.exit(3);',
    code: "PLUGIN",
    says: ["./fake", "exit code 3", "boom"],
  },
  {
    title: "crashes after it answered",
    body: 'respond([{ name: "a", content: "b" }]); process.exit(1);',
    code: "PLUGIN",
    says: ["exit code 1"],
  },
  {
    title: "is killed",
    body: 'process.kill(process.pid, "SIGKILL");',
    code: "PLUGIN",
    says: ["SIGKILL"],
  },
  {
    title: "prints text",
    body: 'fs.writeSync(1, "Hello, world\\n");',
    code: "PLUGIN",
    says: ["13 bytes", "no CodeGeneratorResponse", '"Hello, world'],
    help: "standard error",
  },
  {
    title: "prints text before its answer",
    body: 'fs.writeSync(1, "Generating…\\n"); respond([{ name: "a", content: "b" }]);',
    code: "PLUGIN",
    says: ["no CodeGeneratorResponse"],
  },
  {
    title: "stops in the middle of its answer",
    body: "fs.writeSync(1, Buffer.from([0x7a, 200, 1, 10, 1, 97]));",
    code: "PLUGIN",
    says: ["no CodeGeneratorResponse"],
  },
  {
    title: "reports an error",
    body: 'fail("acme/v1/a.proto: no such thing");',
    code: "PLUGIN",
    says: ["./fake", "reported an error: acme/v1/a.proto: no such thing"],
  },
  {
    title: "inserts into another file",
    body: "const f = field(15, Buffer.concat([field(1, 'a'), field(2, 'point'), field(15, 'x')])); fs.writeSync(1, f);",
    code: "PLUGIN",
    says: ["insertion points are not supported"],
  },
  {
    title: "writes a path twice",
    body: writes("a", "a"),
    code: "OUTPUT",
    says: ['"a"', "already"],
  },
  {
    title: "writes a file and a folder of the same name",
    body: writes("a", "a/b"),
    code: "OUTPUT",
    says: ["gen/a", "gen/a/b"],
  },
  {
    title: "writes paths that differ in case only",
    body: writes("dir/A.txt", "dir/a.txt"),
    code: "OUTPUT",
    says: ["gen/dir/A.txt", "gen/dir/a.txt", "case"],
  },
  {
    title: "writes folders that differ in case only",
    body: writes("Dir/a.txt", "dir/b.txt"),
    code: "OUTPUT",
    says: ["gen/Dir", "gen/dir", "case"],
  },
  refused("../escaped.txt", '".."'),
  refused("a/../../escaped.txt", '".."'),
  refused("/tmp/escaped.txt", "absolute"),
  refused("C:\\escaped.txt", "absolute"),
  refused("a\\b.txt", "backslash"),
  refused("..\\escaped.txt", "backslash"),
  refused("./a", '"."'),
  refused("a//b", "empty segment"),
  refused("", "no name"),
];
