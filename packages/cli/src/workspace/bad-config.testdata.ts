import type { Files } from "../testing/fixture.ts";

const buf = "version: v2\n";
const gen = "version: v2\nplugins:\n  - local: x\n    out: gen\n";
const wirehouse = "version: v1\n";

/** Files of a workspace that is refused, and what is said of it. */
export interface BadConfig {
  readonly title: string;
  readonly files: Files;
  readonly code: "CONFIG" | "USAGE";
  /** `path:line:column` of the finding. */
  readonly at: string;
  readonly says: readonly string[];
  readonly help?: string;
  readonly source?: string;
}

const config = (name: string, text: string): Files => ({
  "buf.yaml": buf,
  "buf.gen.yaml": gen,
  [name]: text,
});

export const badConfigs: readonly BadConfig[] = [
  {
    title: "no buf.yaml",
    files: {},
    code: "USAGE",
    at: "",
    says: ["no buf.yaml"],
    help: "buf config init",
  },
  {
    title: "a buf.work.yaml of v1 alone",
    files: { "buf.work.yaml": "version: v1\ndirectories: [proto]\n" },
    code: "USAGE",
    at: "",
    says: ["buf.work.yaml"],
    help: "buf config migrate",
  },
  {
    title: "no buf.gen.yaml",
    files: { "buf.yaml": buf },
    code: "CONFIG",
    at: "buf.gen.yaml",
    says: ["no buf.gen.yaml"],
    help: "write one",
  },
  {
    title: "buf.yaml of v1",
    files: config("buf.yaml", "# comment\nversion: v1\n"),
    code: "CONFIG",
    at: "buf.yaml:2:1",
    says: ["version v1"],
    help: "buf config migrate",
  },
  {
    title: "buf.gen.yaml of v1",
    files: config("buf.gen.yaml", "version: v1\nplugins:\n  - plugin: es\n    out: gen\n"),
    code: "CONFIG",
    at: "buf.gen.yaml:1:1",
    says: ["version v1"],
    help: "buf config migrate",
  },
  {
    title: "buf.yaml without a version",
    files: config("buf.yaml", "modules:\n  - path: proto\n"),
    code: "CONFIG",
    at: "buf.yaml:1:1",
    says: ['no "version"'],
    help: "buf config migrate",
  },
  {
    title: "an empty buf.yaml",
    files: config("buf.yaml", ""),
    code: "CONFIG",
    at: "buf.yaml:1:1",
    says: ['no "version"'],
  },
  {
    title: "a version that does not exist",
    files: config("buf.yaml", "version: v3\n"),
    code: "CONFIG",
    at: "buf.yaml:1:1",
    says: ['"version"', '"v2"', '"v3"'],
  },
  {
    title: "YAML that does not parse",
    files: config("buf.yaml", "version: v2\nmodules: [\n"),
    code: "CONFIG",
    at: "buf.yaml:3:1",
    says: ["buf.yaml is not valid YAML"],
  },
  {
    title: "YAML with a tab",
    files: config("wirehouse.yaml", "version: v1\nrules:\n\t- paths: []\n"),
    code: "CONFIG",
    at: "wirehouse.yaml:3:1",
    says: ["not valid YAML"],
  },
  {
    title: "a key that is there twice",
    files: config("buf.gen.yaml", `${gen}version: v2\n`),
    code: "CONFIG",
    at: "buf.gen.yaml:5:1",
    says: ["not valid YAML", "unique"],
    source: "version: v2",
  },
  {
    title: "an alias of nothing",
    files: config("buf.yaml", "version: v2\nlint: *nothing\n"),
    code: "CONFIG",
    at: "buf.yaml:2:7",
    says: ["not valid YAML", "nothing"],
  },
  {
    title: "a list where a mapping should be",
    files: config("buf.yaml", "- version: v2\n"),
    code: "CONFIG",
    at: "buf.yaml:1:1",
    says: [""],
  },
  {
    title: "an unknown key at the top",
    files: config("buf.yaml", "version: v2\nmodule: []\n"),
    code: "CONFIG",
    at: "buf.yaml:2:1",
    says: ['unknown key "module"'],
    help: "version, name, modules, deps, lint, breaking, plugins, policies",
    source: "module: []",
  },
  {
    title: "an unknown key of a module",
    files: config("buf.yaml", "version: v2\nmodules:\n  - path: proto\n    exclude: [x]\n"),
    code: "CONFIG",
    at: "buf.yaml:4:5",
    says: ['unknown key "modules.0.exclude"'],
    help: "path, name, includes, excludes, lint, breaking",
    source: "    exclude: [x]",
  },
  {
    title: "an unknown key of a plugin",
    files: config("buf.gen.yaml", `${gen}    options: [x]\n`),
    code: "CONFIG",
    at: "buf.gen.yaml:5:5",
    says: ['unknown key "plugins.0.options"'],
    help: "local, out, opt, strategy",
  },
  {
    title: "an unknown key of an input",
    files: config("buf.gen.yaml", `${gen}inputs:\n  - directory: .\n    path: [x]\n`),
    code: "CONFIG",
    at: "buf.gen.yaml:7:5",
    says: ['"path" of an input'],
    help: "directory, paths, exclude_paths",
  },
  {
    title: "an input that is no directory",
    files: config("buf.gen.yaml", `${gen}inputs:\n  - git_repo: https://example.com/x\n`),
    code: "CONFIG",
    at: "buf.gen.yaml:6:5",
    says: ['"git_repo" of an input'],
    help: "buf generate",
  },
  {
    title: "an unknown key of a rule",
    files: config(
      "wirehouse.yaml",
      `${wirehouse}rules:\n  - plugin: { local: x, out: gen }\n    path: [a]\n`,
    ),
    code: "CONFIG",
    at: "wirehouse.yaml:4:5",
    says: ['unknown key "rules.0.path"'],
    help: "plugin, paths, imports",
  },
  {
    title: "a list where a text should be",
    files: config("buf.gen.yaml", "version: v2\nplugins:\n  - local: x\n    out: [gen]\n"),
    code: "CONFIG",
    at: "buf.gen.yaml:4:5",
    says: ['"plugins.0.out"', "expected string", "a list"],
  },
  {
    title: "a text where a list should be",
    files: config("buf.yaml", "version: v2\nmodules: proto\n"),
    code: "CONFIG",
    at: "buf.yaml:2:1",
    says: ['"modules"', "a list", '"proto"'],
  },
  {
    title: "a plugin without out",
    files: config("buf.gen.yaml", "version: v2\nplugins:\n  - local: x\n"),
    code: "CONFIG",
    at: "buf.gen.yaml:3:5",
    says: ['"plugins.0.out" is missing'],
  },
  {
    title: "no plugins",
    files: config("buf.gen.yaml", "version: v2\n"),
    code: "CONFIG",
    at: "buf.gen.yaml:1:1",
    says: ['"plugins" is missing'],
  },
  {
    title: "a plugin without a program",
    files: config("buf.gen.yaml", "version: v2\nplugins:\n  - out: gen\n"),
    code: "CONFIG",
    at: "buf.gen.yaml:3:5",
    says: ["`local`"],
  },
  {
    title: "a remote plugin",
    files: config("buf.gen.yaml", "version: v2\nplugins:\n  - remote: buf.build/bufbuild/es\n    out: gen\n"),
    code: "CONFIG",
    at: "buf.gen.yaml:3:5",
    says: ['"remote"', "registry"],
    help: "npm",
    source: "  - remote: buf.build/bufbuild/es",
  },
  {
    title: "a generator built into protoc",
    files: config("buf.gen.yaml", "version: v2\nplugins:\n  - protoc_builtin: java\n    out: gen\n"),
    code: "CONFIG",
    at: "buf.gen.yaml:3:5",
    says: ['"protoc_builtin"'],
  },
  {
    title: "a strategy that does not exist",
    files: config("buf.gen.yaml", `${gen}    strategy: file\n`),
    code: "CONFIG",
    at: "buf.gen.yaml:5:5",
    says: ['"plugins.0.strategy"', '"directory"', '"all"', '"file"'],
  },
  {
    title: "an output folder above the workspace",
    files: config("buf.gen.yaml", "version: v2\nplugins:\n  - local: x\n    out: gen/../../gen\n"),
    code: "CONFIG",
    at: "buf.gen.yaml:4:5",
    says: ["gen/../../gen", "outside the workspace"],
  },
  {
    title: "an output folder with an absolute path",
    files: config("buf.gen.yaml", "version: v2\nplugins:\n  - local: x\n    out: /tmp/gen\n"),
    code: "CONFIG",
    at: "buf.gen.yaml:4:5",
    says: ["/tmp/gen", "outside the workspace"],
  },
  {
    title: "an output folder on a Windows drive",
    files: config("buf.gen.yaml", "version: v2\nplugins:\n  - local: x\n    out: 'C:\\gen'\n"),
    code: "CONFIG",
    at: "buf.gen.yaml:4:5",
    says: ["C:\\gen", "outside the workspace"],
  },
  {
    title: "output into an archive",
    files: config("buf.gen.yaml", "version: v2\nplugins:\n  - local: x\n    out: gen.jar\n"),
    code: "CONFIG",
    at: "buf.gen.yaml:4:5",
    says: ["archive"],
  },
  {
    title: "an input above the workspace",
    files: config("buf.gen.yaml", `${gen}inputs:\n  - directory: ../x\n`),
    code: "CONFIG",
    at: "buf.gen.yaml:6:5",
    says: ["../x", "outside the workspace"],
  },
  {
    title: "a rule that selects nothing",
    files: config("wirehouse.yaml", `${wirehouse}rules:\n  - plugin: { local: x, out: gen }\n`),
    code: "CONFIG",
    at: "wirehouse.yaml:3:5",
    says: ["`paths`, `imports`"],
  },
  {
    title: "a number where a text should be",
    files: config("wirehouse.yaml", `${wirehouse}packages:\n  - out: gen\n    names: { a: 1 }\n`),
    code: "CONFIG",
    at: "wirehouse.yaml:4:14",
    says: ['"packages.0.names.a"', "expected string", "1"],
  },
  {
    title: "a negative time limit",
    files: config("wirehouse.yaml", `${wirehouse}plugins:\n  x: { timeout_seconds: -1 }\n`),
    code: "CONFIG",
    at: "wirehouse.yaml:3:8",
    says: ['"plugins.x.timeout_seconds"', ">0", "-1"],
  },
  {
    title: "a time limit that no timer can hold",
    files: config("wirehouse.yaml", `${wirehouse}plugins:\n  x:\n    timeout_seconds: 1e10\n`),
    code: "CONFIG",
    at: "wirehouse.yaml:4:5",
    says: ['"plugins.x.timeout_seconds"', "<=2000000", "10000000000"],
  },
  {
    title: "a wirehouse.yaml without a version",
    files: config("wirehouse.yaml", "rules: []\n"),
    code: "CONFIG",
    at: "wirehouse.yaml:1:1",
    says: ['"version" is missing'],
  },
  {
    title: "a remote cache with credentials in its address, without showing them",
    files: config(
      "wirehouse.yaml",
      `${wirehouse}cache:\n  remote:\n    url: https://user:secret@cache.example.com\n`,
    ),
    code: "CONFIG",
    at: "wirehouse.yaml:4:5",
    says: ['"cache.remote.url" cannot be used', "WIREHOUSE_REMOTE_CACHE_TOKEN"],
  },
  {
    title: "a remote cache over a protocol that is not spoken",
    files: config("wirehouse.yaml", `${wirehouse}cache: { remote: { url: "grpc://cache" } }\n`),
    code: "CONFIG",
    at: "wirehouse.yaml:2:20",
    says: ["it has the scheme grpc"],
  },
  {
    title: "a remote cache in a mode that there is not",
    files: config("wirehouse.yaml", `${wirehouse}cache: { remote: { url: "http://x", mode: write } }\n`),
    code: "CONFIG",
    at: "wirehouse.yaml:2:37",
    says: ['"cache.remote.mode" has a wrong value', '"read-only"', '"write"'],
  },
];
