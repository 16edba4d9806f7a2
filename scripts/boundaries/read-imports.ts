import { builtinModules } from "node:module";
import { dirname, posix } from "node:path";
import { parseSync, Visitor } from "oxc-parser";

/** One thing that a file takes from a module: a name, or `*` for the module as a whole. */
export interface ImportedName {
  /** The file that imports, relative to the repository, forward slashes. */
  readonly file: string;
  readonly line: number;
  /** As it is written. */
  readonly specifier: string;
  /** A bare specifier (builtins with `node:`), or a path relative to the repository for a relative one. */
  readonly target: string;
  readonly name: string;
  /** Whether it is a type only: erased, and gone at run time. */
  readonly isType: boolean;
}

/**
 * Everything that a source file imports, at run time or as a type: `import`, `export … from`, `import()`,
 * `import("…").Type`, `require()` and `new URL("…", import.meta.url)`. The parser is a real one (oxc): specifiers in
 * comments and template text do not count, type-only imports do.
 * @throws Error if the file does not parse: an unread file is not a clean one
 */
export function readImports(file: string, text: string): ImportedName[] {
  const { program, module, errors } = parseSync(file, text);
  const [error] = errors;
  if (error !== undefined) {
    throw new Error(`${file} does not parse: ${error.message}`);
  }
  const found: ImportedName[] = [];
  const add = (specifier: string, offset: number, name: string, isType: boolean) => {
    const line = text.slice(0, offset).split("\n").length;
    found.push({ file, line, specifier, target: toTarget(file, specifier), name, isType });
  };
  for (const { moduleRequest, start, entries } of module.staticImports) {
    if (entries.length === 0) {
      add(moduleRequest.value, start, "*", false);
    }
    for (const { importName, isType } of entries) {
      const name = importName.kind === "Default" ? "default" : (importName.name ?? "*");
      add(moduleRequest.value, start, name, isType);
    }
  }
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, importName, start, isType } of entries) {
      if (moduleRequest !== null) {
        add(moduleRequest.value, start, importName.name ?? "*", isType);
      }
    }
  }
  const addLiteral = (
    node: { type: string; value?: unknown; start: number } | undefined,
    isType: boolean = false,
  ) => {
    if (node?.type === "Literal" && typeof node.value === "string") {
      add(node.value, node.start, "*", isType);
    }
  };
  new Visitor({
    ImportExpression: (node) => addLiteral(node.source),
    TSImportType: (node) => addLiteral(node.source, true),
    CallExpression(node) {
      if (node.callee.type === "Identifier" && node.callee.name === "require") {
        addLiteral(node.arguments[0]);
      }
    },
    NewExpression(node) {
      const [path, base] = node.arguments;
      if (
        node.callee.type === "Identifier" &&
        node.callee.name === "URL" &&
        base !== undefined &&
        text.slice(base.start, base.end) === "import.meta.url"
      ) {
        addLiteral(path);
      }
    },
  }).visit(program);
  return found;
}

function toTarget(file: string, specifier: string): string {
  if (/^\.{1,2}(\/|$)/.test(specifier)) {
    return posix.join(dirname(file), specifier);
  }
  return builtinModules.includes(specifier) ? `node:${specifier.replace(/^node:/, "")}` : specifier;
}
