/** An `import` statement of a .proto file. */
export interface ProtoImport {
  /** The import path as written, string literals joined and unescaped. */
  readonly path: string;
  readonly kind: "normal" | "public" | "weak" | "option";
  /** 1-based line of the statement. */
  readonly line: number;
  /** 1-based column of the path's opening quote. */
  readonly column: number;
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
}

const retentionHint =
  /RETENTION_SOURCE|\bdeclaration\s*[:=]|\bverification\s*[:=]|enforce_naming_style|default_symbol_visibility/;

// One token: a comment, a string, a word, or a single character. Whitespace is skipped by the search.
const token =
  /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|"(?:\\[\s\S]|[^"\\\n])*"?|'(?:\\[\s\S]|[^'\\\n])*'?|[A-Za-z0-9_.]+|[^\s]/g;

/**
 * Reads the package and the imports of a .proto file's text. Lexical only: it never fails, and what is not
 * valid Protobuf is left for the compiler to report.
 */
export function scanImports(text: string): ProtoHeader {
  const imports: ProtoImport[] = [];
  let packageName = "";
  let depth = 0;
  let statement: { text: string; index: number }[] = [];

  for (const match of text.matchAll(token)) {
    const word = match[0];
    if (word.startsWith("//") || word.startsWith("/*")) {
      continue;
    }
    if (word === "{") {
      depth++;
      statement = [];
    } else if (word === "}") {
      depth = Math.max(0, depth - 1);
      statement = [];
    } else if (word === ";") {
      if (depth === 0) {
        packageName = readPackage(statement) ?? packageName;
        const found = readImport(text, statement);
        if (found !== undefined) {
          imports.push(found);
        }
      }
      statement = [];
    } else if (depth === 0) {
      statement.push({ text: word, index: match.index });
    }
  }
  return { package: packageName, imports, mentionsSourceRetention: retentionHint.test(text) };
}

type Word = { text: string; index: number };

function readPackage(statement: readonly Word[]): string | undefined {
  return statement[0]?.text === "package"
    ? statement
        .slice(1)
        .map((word) => word.text)
        .join("")
    : undefined;
}

function readImport(text: string, statement: readonly Word[]): ProtoImport | undefined {
  const [first, ...rest] = statement;
  if (first?.text !== "import") {
    return undefined;
  }
  const modifier = rest[0]?.text;
  const kind =
    modifier === "public" || modifier === "weak" || modifier === "option" ? modifier : ("normal" as const);
  const literals = kind === "normal" ? rest : rest.slice(1);
  const start = literals[0];
  if (start === undefined || !literals.every((word) => /^["']/.test(word.text))) {
    return undefined;
  }
  const before = text.slice(0, start.index);
  const lineStart = before.lastIndexOf("\n") + 1;
  return {
    path: literals.map((word) => unescapeLiteral(word.text)).join(""),
    kind,
    line: before.split("\n").length,
    column: start.index - lineStart + 1,
  };
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
