import {
  type Environment,
  invalid,
  readServerConfig,
  readSettings,
  type ServerConfig,
  type Settings,
} from "@partner/service-kit";
import type { Quota } from "./domain/limits.ts";
import { defaultQuota } from "./service.ts";

/** How the service runs. */
export interface DocumentConfig extends ServerConfig {
  /** The `iss` of tokens, and where the identity service is. */
  readonly issuer: string;
  readonly jwksUrl: string;
  readonly audiences: readonly string[];
  /** The account that follows revocations. Undefined: they are not followed. */
  readonly identityClient: { readonly id: string; readonly secret: string } | undefined;
  /** Whether tokens may be asked for, and keys read, over cleartext from another machine. */
  readonly allowCleartext: boolean;
  readonly quota: Quota;
}

/**
 * Reads the environment; the README has the table. An empty variable counts as unset.
 *
 * @throws ServiceKitError `invalid_config`, which names the variable.
 */
export function readConfig(env: Environment): DocumentConfig {
  const settings = readSettings(env);
  const { text, integer } = settings;
  const issuer = settings.origin("DOCUMENT_ISSUER") ?? "http://127.0.0.1:8081";
  const jwksUrl = text("DOCUMENT_JWKS_URL") ?? `${issuer}/.well-known/jwks.json`;
  if (!URL.canParse(jwksUrl)) {
    throw invalid("DOCUMENT_JWKS_URL", "must be a URL");
  }
  const audiences = settings.list("DOCUMENT_AUDIENCES");
  const most = Number.MAX_SAFE_INTEGER;
  return {
    ...readServerConfig(settings, { port: 8082, databaseUrl: "sqlite:var/documents.db" }),
    issuer,
    jwksUrl,
    audiences: audiences.length === 0 ? ["wirehouse"] : audiences,
    identityClient: readClient(settings),
    allowCleartext: settings.oneOf("DOCUMENT_ALLOW_CLEARTEXT", ["0", "1"], "0") === "1",
    quota: {
      documents: integer("DOCUMENT_QUOTA_DOCUMENTS", 0, most, defaultQuota.documents),
      contentBytes: integer("DOCUMENT_QUOTA_BYTES", 0, most, defaultQuota.contentBytes),
    },
  };
}

function readClient(settings: Settings): DocumentConfig["identityClient"] {
  const id = settings.text("DOCUMENT_IDENTITY_USERNAME");
  const secret = settings.secret("DOCUMENT_IDENTITY_SECRET");
  if (id === undefined && secret === undefined) {
    return undefined;
  }
  if (id === undefined || secret === undefined) {
    const missing = id === undefined ? "DOCUMENT_IDENTITY_USERNAME" : "DOCUMENT_IDENTITY_SECRET";
    throw invalid(missing, "is missing: to follow revocations takes both, a username and its secret");
  }
  return { id, secret };
}
