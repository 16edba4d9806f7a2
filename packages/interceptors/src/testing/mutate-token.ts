const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const others = '=.+/ ,!%"\\{}[]:\u00e9';

/** A token as it is encoded, whatever a lenient decoder skips in it. */
export function normalSpelling(token: string): string {
  return token
    .split(".")
    .map((part) => Buffer.from(part, "base64url").toString("base64url"))
    .join(".");
}

/** Changes a token in one to four places, at random: letters, bytes under the base64url, members of the JSON, parts. */
export function mutateToken(token: string, random: () => number): string {
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(list: ArrayLike<T>): T => list[below(list.length)] as T;
  let result = token;
  for (let steps = 1 + below(4); steps > 0; steps--) {
    const parts = result.split(".");
    const index = below(parts.length);
    const part = parts[index] ?? "";
    const at = below(part.length + 1);
    const replace = (text: string): string => parts.map((one, i) => (i === index ? text : one)).join(".");
    switch (below(9)) {
      case 0:
        result = replace(part.slice(0, at) + pick(letters) + part.slice(at + 1));
        break;
      case 1:
        result = replace(part.slice(0, at) + pick(letters) + part.slice(at));
        break;
      case 2:
        result = replace(part.slice(0, at) + part.slice(at + 1 + below(8)));
        break;
      case 3:
        result = replace(part.slice(0, at) + pick(others) + part.slice(at));
        break;
      case 4:
        result = replace(flipBit(part, below(part.length * 6 + 1)));
        break;
      case 5:
        result = replace(changeMember(part, pick));
        break;
      case 6:
        result = replace(pick(parts));
        break;
      case 7:
        result = replace(part + part.slice(at));
        break;
      case 8:
        result = replace(pick(["", "e30", "bnVsbA", "W10", "AA", part.toLowerCase(), part.toUpperCase()]));
        break;
    }
  }
  return result;
}

function flipBit(part: string, bit: number): string {
  const bytes = Buffer.from(part, "base64url");
  const byte = Math.min(bit >> 3, bytes.length - 1);
  if (byte >= 0) {
    bytes[byte] = (bytes[byte] ?? 0) ^ (1 << (bit & 7));
  }
  return bytes.toString("base64url");
}

/** Another value or name for a member of the JSON object, if it is one. */
function changeMember(part: string, pick: <T>(list: ArrayLike<T>) => T): string {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(part, "base64url").toString());
  } catch {
    return part;
  }
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0) {
    return part;
  }
  const name = pick(Object.keys(value));
  const values = [
    null,
    "",
    0,
    -1,
    1e300,
    true,
    [],
    {},
    "none",
    "HS256",
    ["x"],
    `${(value as Record<string, unknown>)[name]}x`,
  ];
  const changed = { ...value, [pick([name, "crit", "kid", "alg", "exp", "aud"])]: pick<unknown>(values) };
  return Buffer.from(JSON.stringify(changed)).toString("base64url");
}
