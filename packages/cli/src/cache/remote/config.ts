import { failure } from "../../errors.ts";
import { refuseRemoteUrl } from "../../workspace/remote-url.ts";
import type { RemoteCacheConfig, RemoteMode } from "../../workspace/wirehouse-yaml.ts";

/** A remote cache as this run uses it: wirehouse.yaml, overridden by the environment. */
export interface RemoteSettings {
  /** Without a slash at the end. It holds no credentials, so that it can be shown. */
  readonly url: string;
  readonly mode: RemoteMode;
  /** Milliseconds. */
  readonly timeoutMs: number;
  /** The value of the `authorization` header. A function, so that no inspection or log of the settings has it. */
  readonly authorization: () => string | undefined;
}

const prefix = "WIREHOUSE_REMOTE_CACHE_";

/** Milliseconds until a remote cache that does not answer is given up. */
export const defaultTimeoutMs = 1000;

/**
 * Puts together the settings of the remote cache. Credentials come from the environment only; they go over TLS,
 * or to this machine itself.
 * @returns undefined where there is none: no `url`, or `WIREHOUSE_REMOTE_CACHE_MODE=off`
 * @throws WirehouseError CONFIG; its message has no value of the environment in it
 */
export function remoteSettings(
  config: RemoteCacheConfig | undefined,
  env: NodeJS.ProcessEnv,
): RemoteSettings | undefined {
  const mode = env[`${prefix}MODE`] || config?.mode || "read-only";
  const text = env[`${prefix}URL`] || config?.url;
  if (text === undefined || mode === "off") {
    return undefined;
  }
  if (mode !== "read-only" && mode !== "read-write") {
    throw failure("CONFIG", `${prefix}MODE is none of read-only, read-write and off`);
  }
  const fault = refuseRemoteUrl(text);
  if (fault !== undefined) {
    throw failure("CONFIG", `${prefix}URL cannot be used: ${fault}`);
  }
  const url = new URL(text);
  const authorization = authorizationOf(env);
  if (authorization !== undefined && url.protocol === "http:" && !isLoopback(url.hostname)) {
    throw failure(
      "CONFIG",
      `the remote cache ${url.origin} would get the credentials of ${prefix}* in clear text`,
      { help: "give it an https address, or unset the credentials" },
    );
  }
  return {
    url: url.href.replace(/\/+$/, ""),
    mode,
    timeoutMs: config?.timeoutMs ?? defaultTimeoutMs,
    authorization: () => authorization,
  };
}

/** RFC 6750 for a token, RFC 7617 for a user and a password. */
function authorizationOf(env: NodeJS.ProcessEnv): string | undefined {
  const token = env[`${prefix}TOKEN`];
  const user = env[`${prefix}USER`];
  const password = env[`${prefix}PASSWORD`];
  if (token && (user || password)) {
    throw failure("CONFIG", `both ${prefix}TOKEN and ${prefix}USER or _PASSWORD are set: one kind is enough`);
  }
  if (token) {
    if (!/^[\x21-\x7e]+$/.test(token)) {
      throw failure("CONFIG", `${prefix}TOKEN has a character that no token can have, such as a line break`);
    }
    return `Bearer ${token}`;
  }
  if (password === "" || (!user && !password)) {
    return undefined; // CI sets a secret that a pull request may not see to nothing.
  }
  if (!user || password === undefined || user.includes(":")) {
    throw failure("CONFIG", `${prefix}USER and ${prefix}PASSWORD belong together, and a user has no colon`);
  }
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}
