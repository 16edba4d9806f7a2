import { captureKey, replaceOnce, type SourcePatch } from "./plugin-patches.ts";

/**
 * The program of ts-proto runs a function from standard input to standard output as it loads: it hands that function over
 * instead. Where its text is another one it becomes empty, since it would end the worker: then it is run as a process.
 */
export const captureTsProtoPatch = {
  module: "plugin.js",
  apply(source: string): string {
    const parts = tsProtoProgram.exec(source);
    return parts === null
      ? ""
      : `${parts[1]}(stdin) {${parts[2]}    return buffer;\n}\nglobalThis[Symbol.for("${captureKey}")]({ answer: main });\n`;
  },
} satisfies SourcePatch;

const tsProtoProgram =
  /^(.*\nasync function main)\(\) \{\n {4}const stdin = await \(0, utils_1\.readToBuffer\)\(process\.stdin\);(\n.*\n) {4}const write = \(0, util_1\.promisify\)\(process\.stdout\.write\)\.bind\(process\.stdout\);\n {4}await write\(Buffer\.from\(buffer\)\);\n\}\nmain\(\)\n {4}\.then\(\(\) => \{\n {4}process\.exit\(0\);\n\}\)\n {4}\.catch\(\(e\) => \{\n[^}]*\}\);\s*$/s;

/**
 * ts-poet has most of a run's time go into formatting, and after a save most files come out as they did before: what was
 * formatted is kept, up to some size.
 */
export const formatPatch: SourcePatch = {
  module: "Code.js",
  apply: (source) =>
    replaceOnce(
      source,
      "function maybePretty(input, options) {\n",
      `const wirehouseFormatted = new Map();
let wirehouseSize = 0;
function maybePretty(input, options) {
    const key = JSON.stringify(options) + input;
    let formatted = wirehouseFormatted.get(key);
    if (formatted === undefined) {
        formatted = wirehousePretty(input, options);
        wirehouseSize += key.length + formatted.length;
        if (wirehouseSize > 20_000_000) {
            wirehouseFormatted.clear();
            wirehouseSize = 0;
        }
        wirehouseFormatted.set(key, formatted);
    }
    return formatted;
}
function wirehousePretty(input, options) {
`,
    ),
};
