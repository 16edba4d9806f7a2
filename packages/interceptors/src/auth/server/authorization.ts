/** What an `authorization` header holds. */
export type Credentials =
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "missing" | "repeated" | "malformed" };

// RFC 6750, section 2.1; the scheme is case-insensitive (RFC 9110, section 11.1).
const bearer = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/**
 * Reads an `authorization` header. Several headers arrive joined by commas, which no token has. Another scheme counts as no
 * token, as RFC 6750, section 3.1, wants. A token in the query or in the body is never looked for (RFC 9700, section 4.3.2).
 */
export function readAuthorization(header: string | null): Credentials {
  const value = header?.trim() ?? "";
  const token = bearer.exec(value)?.[1];
  if (token !== undefined) {
    return { kind: "token", token };
  }
  if (value.includes(",") && /(?:^|,)\s*bearer(?:\s|$)/i.test(value)) {
    return { kind: "repeated" };
  }
  return { kind: /^bearer(?:\s|$)/i.test(value) ? "malformed" : "missing" };
}
