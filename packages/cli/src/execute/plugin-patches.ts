/**
 * A source patch, applied to a module's text as it is loaded inside a worker. Each one looks for exactly the text it was
 * made for and answers `undefined` where it is not there, once: then the module runs as it is. Nothing on disk is touched.
 * Those here are for @bufbuild/protoplugin.
 */
export interface SourcePatch {
  /** End of the module's path inside the package. */
  readonly module: string;
  readonly apply: (source: string) => string | undefined;
}

/** The global under which a captured plugin is handed over. */
export const captureKey = "wirehouse.capturePlugin";

/** What a patched program hands over: a plugin of the framework, or a function from request to response, both encoded. */
export type CapturedPlugin = FrameworkPlugin | EncodedPlugin;

export interface EncodedPlugin {
  readonly answer: (request: Uint8Array) => Promise<Uint8Array>;
}

/** What the patched `runNodeJs` hands over. */
export interface FrameworkPlugin {
  readonly plugin: { run(request: unknown): { file: { name: string; content: string }[] } };
  readonly fromBinary: (schema: unknown, bytes: Uint8Array) => unknown;
  readonly requestSchema: unknown;
}

/** `runNodeJs(plugin)` hands the plugin over instead of reading standard input. Without it there is no in-process run. */
export const capturePatch: SourcePatch = {
  module: "run-node.js",
  apply(source) {
    const decode = /const req = (\(0, [\w.]+\)|\w+)\(([\w.]+), data\);/.exec(source);
    const head = /function runNodeJs\(plugin\) \{\n/;
    if (decode === null || !head.test(source)) {
      return undefined;
    }
    const [, fromBinary, requestSchema] = decode;
    return source.replace(
      head,
      (text) =>
        `${text}    globalThis[Symbol.for("${captureKey}")]({ plugin, fromBinary: (schema, bytes) => ${fromBinary}(schema, bytes), requestSchema: ${requestSchema} });\n    return;\n`,
    );
  },
};

/**
 * Every identifier that is written asks for the names of all elements of a file, and each time they are
 * computed anew: quadratic in the size of the file. The names of a file do not change, so they are kept.
 */
export const namesPatch: SourcePatch = {
  module: "names.js",
  apply: (source) =>
    replaceOnce(
      source,
      "function allNames(file) {\n",
      `const wirehouseNames = new WeakMap();
function allNames(file) {
    let names = wirehouseNames.get(file);
    if (names === undefined) {
        names = computeAllNames(file);
        wirehouseNames.set(file, names);
    }
    return names;
}
function computeAllNames(file) {
`,
    ),
};

/** Comments are looked up by a linear scan over all locations of a file, for each element: an index by path instead. */
export const commentsPatch: SourcePatch = {
  module: "source-code-info.js",
  apply(source) {
    const patched = replaceOnce(
      source,
      "for (const location of sourceCodeInfo.location) {\n        if (location.path.length !== sourcePath.length) {",
      "for (const location of wirehouseLocations(sourceCodeInfo, sourcePath)) {\n        if (location.path.length !== sourcePath.length) {",
    );
    return patched === undefined ? undefined : `${patched}\n${locationsIndex}`;
  },
};

const locationsIndex = `
const wirehouseIndexes = new WeakMap();
function wirehouseLocations(sourceCodeInfo, sourcePath) {
    let index = wirehouseIndexes.get(sourceCodeInfo);
    if (index === undefined) {
        index = new Map();
        for (const location of sourceCodeInfo.location) {
            const key = location.path.join();
            if (!index.has(key)) {
                index.set(key, [location]);
            }
        }
        wirehouseIndexes.set(sourceCodeInfo, index);
    }
    return index.get(sourcePath.join()) ?? [];
}
`;

/** The TypeScript compiler is loaded by every plugin and used by the few that transpile: loaded on first use instead. */
export const transpilePatch: SourcePatch = {
  module: "transpile.js",
  apply(source) {
    const typescript = replaceOnce(
      source,
      'const typescript_1 = __importDefault(require("typescript"));\n',
      `const wirehouseLazy = (load) => new Proxy({}, { get: (_, key) => load()[key] });
const typescript_1 = wirehouseLazy(() => __importDefault(require("typescript")));
`,
    );
    return (
      typescript &&
      replaceOnce(
        typescript,
        'const vfs_1 = require("@typescript/vfs");\n',
        'const vfs_1 = wirehouseLazy(() => require("@typescript/vfs"));\n',
      )
    );
  },
};

/** Patches that change how fast a plugin runs and nothing that it writes. */
export const speedPatches: readonly SourcePatch[] = [namesPatch, commentsPatch, transpilePatch];

/** The source with the one occurrence of a text replaced; `undefined` where there is none, or more. */
export function replaceOnce(source: string, find: string, replacement: string): string | undefined {
  const parts = source.split(find);
  return parts.length === 2 ? parts.join(replacement) : undefined;
}
