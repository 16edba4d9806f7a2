/** How a client named itself to the OAuth 2.0 token endpoint. */
export type ClientAuthentication =
  | { readonly kind: "client"; readonly id: string; readonly secret: string; readonly basic: boolean }
  /** It did not, or not in a form that can be read. */
  | { readonly kind: "none"; readonly basic: boolean }
  /** In two ways at once (RFC 6749, section 2.3). */
  | { readonly kind: "twice" };

/** Reads HTTP Basic or the fields of the form (RFC 6749, section 2.3.1). */
export function readClient(header: Headers, form: URLSearchParams): ClientAuthentication {
  const authorization = header.get("authorization");
  const id = form.get("client_id");
  const secret = form.get("client_secret");
  if (authorization === null) {
    return id === null || secret === null
      ? { kind: "none", basic: false }
      : { kind: "client", id, secret, basic: false };
  }
  if (secret !== null) {
    return { kind: "twice" };
  }
  const [, encoded] = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization) ?? [];
  const text = encoded === undefined ? "" : Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 0) {
    return { kind: "none", basic: true };
  }
  const named = formDecode(text.slice(0, colon));
  if (id !== null && id !== named) {
    return { kind: "twice" };
  }
  return { kind: "client", id: named, secret: formDecode(text.slice(colon + 1)), basic: true };
}

function formDecode(text: string): string {
  return new URLSearchParams(`v=${text.replaceAll("&", "%26")}`).get("v") ?? "";
}
