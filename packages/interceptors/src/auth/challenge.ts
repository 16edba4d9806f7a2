/** One challenge of a `www-authenticate` header (RFC 9110, section 11.6.1). */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** Names in lower case; values unquoted. */
  readonly parameters: ReadonlyMap<string, string>;
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
// A parameter, or a scheme that is followed by a space, a comma or the end.
const part = new RegExp(
  `(${token})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${token}))|(${token})(?=[ ,]|$)|,|\\s+`,
  "gy",
);
// A server's header is not ours to trust: longer ones are not read.
const longest = 8192;

/** Reads all challenges of a header. What cannot be read ends the list. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  if (header.length > longest) {
    return challenges;
  }
  part.lastIndex = 0;
  let end = 0;
  while (end < header.length) {
    part.lastIndex = end;
    const match = part.exec(header);
    if (match === null) {
      break;
    }
    end = part.lastIndex;
    const [, name, quoted, plain, scheme] = match;
    if (scheme !== undefined) {
      challenges.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
    } else if (name !== undefined) {
      const value = quoted === undefined ? (plain ?? "") : quoted.replace(/\\(.)/g, "$1");
      challenges.at(-1)?.parameters.set(name.toLowerCase(), value);
    }
  }
  return challenges;
}

/**
 * Whether a new token may help. Without a challenge: yes, most gRPC servers send none. With one: only when it is a Bearer
 * challenge with the error `invalid_token` (RFC 6750, section 3.1); a challenge without an error says that the server saw
 * no token at all, which a new one does not change.
 */
export function newTokenMayHelp(header: string | null): boolean {
  return (
    header === null ||
    parseChallenges(header).some(
      (c) => c.scheme === "bearer" && c.parameters.get("error") === "invalid_token",
    )
  );
}
