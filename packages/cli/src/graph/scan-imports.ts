/** An `import` statement of a .proto file. */
export interface ProtoImport {
  /** The import path as written, string literals joined and unescaped. */
  readonly path: string;
  readonly kind: "normal" | "public" | "weak" | "option";
}

/** What can be known of a .proto file without compiling it. */
export interface ProtoHeader {
  readonly package: string;
  readonly imports: readonly ProtoImport[];
  /**
   * Whether the text mentions options that `protoc` keeps from generated code (retention = RETENTION_SOURCE).
   * A hint that may be wrong only in the direction of `true`.
   */
  readonly mentionsSourceRetention: boolean;
  /**
   * Names that the file adds to its package, separated by spaces: its messages, enums and their values,
   * services, and extensions.
   */
  readonly symbols: string;
}

const retentionHint =
  /RETENTION_SOURCE|\bdeclaration\s*[:=]|\bverification\s*[:=]|enforce_naming_style|default_symbol_visibility/;

// One token: a comment, a string, a word, or a single character. Whitespace is skipped by the search.
const token =
  /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|"(?:\\[\s\S]|[^"\\\n])*"?|'(?:\\[\s\S]|[^'\\\n])*'?|[A-Za-z0-9_.]+|[^\s]/g;

/**
 * Reads what a .proto file's text says of itself on its outermost level. Lexical only: it never fails, and
 * what is not valid Protobuf is left for the compiler to report.
 */
export function scanImports(text: string): ProtoHeader {
  const imports: ProtoImport[] = [];
  const symbols: string[] = [];
  let packageName = "";
  let depth = 0;
  /** Whether the names in the block at depth 1 belong to the package: values of an enum, extensions. */
  let block: "enum" | "extend" | "other" = "other";
  let statement: string[] = [];

  for (const [word] of text.matchAll(token)) {
    if (word.startsWith("//") || word.startsWith("/*")) {
      continue;
    }
    if (word === "{") {
      if (depth === 0) {
        const declared = readDeclaration(statement);
        block = declared?.keyword === "enum" || declared?.keyword === "extend" ? declared.keyword : "other";
        if (declared !== undefined && declared.keyword !== "extend") {
          symbols.push(declared.name);
        }
      }
      depth++;
      statement = [];
    } else if (word === "}") {
      depth = Math.max(0, depth - 1);
      statement = [];
    } else if (word === ";") {
      if (depth === 0) {
        packageName = statement[0] === "package" ? statement.slice(1).join("") : packageName;
        const found = readImport(statement);
        if (found !== undefined) {
          imports.push(found);
        }
      }
      statement = [];
    } else if (depth === 0) {
      statement.push(word);
    } else if (depth === 1 && block !== "other") {
      if (word === "=" && (block === "enum" ? statement.length === 1 : !statement.includes("="))) {
        symbols.push(statement.at(-1) ?? "");
      }
      statement.push(word);
    }
  }
  return {
    package: packageName,
    imports,
    mentionsSourceRetention: retentionHint.test(text),
    symbols: symbols.join(" "),
  };
}

const declarations = new Set(["message", "enum", "service", "extend"]);

/** `message Name`, also after the `export` and `local` of edition 2024. */
function readDeclaration(statement: readonly string[]): { keyword: string; name: string } | undefined {
  const [keyword, name] = statement.slice(-2);
  return keyword !== undefined && name !== undefined && declarations.has(keyword)
    ? { keyword, name }
    : undefined;
}

function readImport(statement: readonly string[]): ProtoImport | undefined {
  const [first, ...rest] = statement;
  if (first !== "import") {
    return undefined;
  }
  const modifier = rest[0];
  const kind =
    modifier === "public" || modifier === "weak" || modifier === "option" ? modifier : ("normal" as const);
  const literals = kind === "normal" ? rest : rest.slice(1);
  return literals.length > 0 && literals.every((word) => /^["']/.test(word))
    ? { path: literals.map(unescapeLiteral).join(""), kind }
    : undefined;
}

/** Paths hardly ever have escapes; the simple ones are all that a path can sensibly hold. */
function unescapeLiteral(literal: string): string {
  return literal
    .slice(1, literal.length > 1 && literal.endsWith(literal.charAt(0)) ? -1 : undefined)
    .replace(/\\x([0-9a-fA-F]{1,2})|\\([0-7]{1,3})|\\([\s\S])/g, (_, hex, octal, other) =>
      hex !== undefined
        ? String.fromCharCode(Number.parseInt(hex, 16))
        : octal !== undefined
          ? String.fromCharCode(Number.parseInt(octal, 8))
          : other,
    );
}
