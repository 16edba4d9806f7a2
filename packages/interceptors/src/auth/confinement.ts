import { InterceptorError } from "../errors.ts";

/** Where secrets may go. */
export interface ConfinementOptions {
  /**
   * The origins that the token is meant for, for example `["https://api.example.com"]`. Default: the origin of the first
   * call through this interceptor, which is that of its transport. Give the list when one interceptor serves several.
   */
  origins?: readonly string[] | undefined;
  /**
   * Allows `http:` to other machines. Default false: cleartext is allowed to loopback addresses only (RFC 6750, section
   * 5.3). Set it only where something else encrypts, for example a service mesh.
   */
  allowCleartext?: boolean | undefined;
}

/** Throws an `InterceptorError` when a call to this URL must not carry the token. */
export type Confine = (url: string) => void;

const mostRemembered = 64;
// Scheme, plain host and port: what comes before the third slash is the whole authority, and no trick is in it.
const plainBase = /^https?:\/\/[A-Za-z0-9.:[\]-]+$/;

/** Creates the check for one interceptor. A base URL that passed once costs one look-up. */
export function createConfinement(options: ConfinementOptions): Confine {
  const allowed =
    options.origins === undefined ? undefined : new Set(options.origins.map((o) => parse(o).origin));
  const passed = new Set<string>();
  let first: string | undefined;
  let last = "";

  return (url) => {
    if (last !== "" && url.startsWith(last)) {
      return;
    }
    const slash = url.indexOf("/", 8);
    const base = slash === -1 ? url : url.slice(0, slash);
    if (passed.has(base)) {
      last = `${base}/`;
      return;
    }
    const { origin } = parse(url);
    requireSecrecy(url, options.allowCleartext ?? false);
    first ??= origin;
    if (allowed === undefined ? origin !== first : !allowed.has(origin)) {
      throw new InterceptorError(
        "origin_refused",
        `the token is not sent to ${origin}: it is for ${[...(allowed ?? [first])].join(", ")}. ` +
          "Name every origin in the option `origins`, or give each transport an interceptor of its own",
      );
    }
    if (plainBase.test(base) && passed.size < mostRemembered) {
      passed.add(base);
    }
  };
}

/** Throws `cleartext_refused` for `http:` to another machine, and `invalid_options` for anything but http and https. */
export function requireSecrecy(url: string, allowCleartext: boolean): void {
  const { protocol, hostname, origin } = parse(url);
  if (protocol === "https:" || (protocol === "http:" && (allowCleartext || isLoopback(hostname)))) {
    return;
  }
  throw new InterceptorError(
    "cleartext_refused",
    `a secret is not sent over ${protocol}// to ${origin}: use https:, or set \`allowCleartext\` where something else encrypts`,
  );
}

/** Loopback addresses and names (RFC 6761, section 6.3; RFC 5735; RFC 4291, section 2.5.3). */
export function isLoopback(hostname: string): boolean {
  const name = hostname.toLowerCase();
  return (
    name === "localhost" ||
    name.endsWith(".localhost") ||
    name === "[::1]" ||
    /^127(?:\.\d{1,3}){3}$/.test(name)
  );
}

function parse(url: string): URL {
  // In a browser a base URL may be relative to the page.
  const page = (globalThis as { location?: { href?: string } }).location?.href;
  try {
    return new URL(url, page);
  } catch (cause) {
    throw new InterceptorError("invalid_options", "not a URL: write it as https://host:port", { cause });
  }
}
