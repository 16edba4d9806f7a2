/** A .proto file of the model: what its text is made from. */
export interface ModelFile {
  readonly path: string;
  /** Changes whenever the file is edited. */
  readonly version: number;
  readonly comment: number;
  /** Import paths. */
  readonly imports: readonly string[];
  readonly isPublic: boolean;
}

/** A workspace as data: everything that its outputs depend on. */
export interface Model {
  readonly files: readonly ModelFile[];
  readonly options: number;
  readonly plugin: number;
  readonly rule: number;
  readonly names: number;
  /** A file that does not compile, if there is one. */
  readonly broken: boolean;
}

/** The folders that files lie in: two domains with a service package each, and one that no package takes in. */
export const folders = [
  "acme/a/v1",
  "acme/a/service/v1",
  "acme/b/v1",
  "acme/b/service/v1",
  "other/v1",
] as const;

export const emptyModel: Model = { files: [], options: 0, plugin: 0, rule: 0, names: 0, broken: false };

const optionSets = [
  ["target=js+dts", "import_extension=js"],
  ["target=js+dts"],
  ["target=ts", "import_extension=js"],
];

const ruleSets = [
  "rules: []",
  "rules:\n  - paths: [acme/a/**]\n    plugin: { local: protoc-gen-fake, out: gen/fake, strategy: all }",
  "rules:\n  - imports: [acme/a/v1/*.proto]\n    plugin: { local: protoc-gen-fake, out: gen/fake, include_imports: true }",
  "rules:\n  - paths: [acme/b/**]\n    plugin: { local: protoc-gen-ts_proto, out: gen/plain, strategy: all, include_imports: true, include_wkt: true }",
];

const nameSets = [
  "packages: []",
  'packages:\n  - { out: gen/es, names: { acme/*: "@acme/*", other: "@acme/other" }, dependencies: { "@bufbuild/protobuf": "^2.0.0" } }',
  'packages:\n  - { out: gen/es, names: { acme/*: "@renamed/*", other: "@acme/other" }, dependencies: { "@bufbuild/protobuf": "^2.0.0" } }',
];

/** How many choices each setting of the model has. */
export const choices = { options: optionSets.length, rule: ruleSets.length, names: nameSets.length };

/** The source files of a model by path: protos, configuration, and the plugin's package. */
export function render(model: Model, fakePlugin: string): Record<string, string> {
  const options = optionSets[model.options % optionSets.length] ?? [];
  return {
    ...Object.fromEntries(model.files.map((file) => [`proto/${file.path}`, renderFile(model, file)])),
    ...(model.broken ? { "proto/acme/broken.proto": 'syntax = "proto3";\nmessage {' } : {}),
    "buf.yaml": "version: v2\nmodules:\n  - path: proto\n",
    "buf.gen.yaml": `version: v2\nclean: true\nplugins:\n  - local: protoc-gen-es\n    out: gen/es\n    opt: [${options.join(", ")}]\n`,
    "wirehouse.yaml": `version: v1\n${nameSets[model.names % nameSets.length]}\n${ruleSets[model.rule % ruleSets.length]}\n`,
    "node_modules/protoc-gen-fake/package.json": `${JSON.stringify({
      name: "protoc-gen-fake",
      version: `1.${model.plugin}.0`,
      bin: "run.js",
    })}\n`,
    "node_modules/protoc-gen-fake/run.js": fakePlugin.replaceAll("VERSION", String(model.plugin)),
  };
}

function renderFile(model: Model, file: ModelFile): string {
  const name = messageName(file.path);
  const present = file.imports.filter((path) => model.files.some((other) => other.path === path));
  return [
    'syntax = "proto3";',
    `package ${packageOf(file.path)};`,
    ...present.map((path) => `import ${file.isPublic ? "public " : ""}"${path}";`),
    `// Comment ${file.comment}.`,
    `message ${name} {`,
    `  string field_${file.version} = 1;`,
    ...present.map(
      (path, index) => `  .${packageOf(path)}.${messageName(path)} ref_${index} = ${index + 2};`,
    ),
    "}",
    "",
  ].join("\n");
}

function packageOf(path: string): string {
  return path.split("/").slice(0, -1).join(".");
}

/** Unique in its folder; a file's name is its message's. */
function messageName(path: string): string {
  return `M${path.slice(path.lastIndexOf("/") + 1, -".proto".length)}`;
}
