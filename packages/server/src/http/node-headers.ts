/** Headers as Node.js gives them, without the pseudo-headers of HTTP/2. */
export function toWebHeaders(headers: Record<string, string | string[] | undefined>): Headers {
  const result = new Headers();
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value === undefined || name.charCodeAt(0) === 0x3a) {
      continue;
    }
    if (typeof value === "string") {
      result.set(name, value);
    } else {
      for (const one of value) {
        result.append(name, one);
      }
    }
  }
  return result;
}

/** How often a header was sent. Node.js keeps the first of some headers and drops the rest. */
export function countHeader(rawHeaders: readonly string[], name: string): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const found = rawHeaders[index] as string;
    if (found.length === name.length && found.toLowerCase() === name) {
      count++;
    }
  }
  return count;
}
