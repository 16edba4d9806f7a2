import {
  type Environment,
  invalid,
  readServerConfig,
  readSettings,
  type ServerConfig,
  type Settings,
} from "@partner/service-kit";
import { keyEncryptionKeys } from "./crypto/key-encryption-keys.ts";
import type { LogRetention } from "./domain/housekeeping.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** How the service runs. */
export interface IdentityConfig extends ServerConfig {
  /** The `iss` of tokens. Undefined: the URL of the service itself. */
  readonly issuer: string | undefined;
  readonly audiences: readonly string[];
  /** 32 bytes each; the first encrypts. */
  readonly keyEncryptionKeys: readonly Uint8Array[];
  readonly accessTokenMs: number;
  readonly refreshTokenMs: number;
  /** How long a refresh token may be used once more when the answer was lost. */
  readonly refreshGraceMs: number;
  readonly signingAlgorithm: "ES256" | "RS256";
  readonly logRetention: LogRetention;
  /** The first operator, made when there is no partner yet. */
  readonly bootstrap: { readonly username: string; readonly secret: string } | undefined;
}

/**
 * Reads the environment; the README has the table. An empty variable counts as unset.
 *
 * @throws ServiceKitError `invalid_config`, which names the variable.
 */
export function readConfig(env: Environment, warn: (message: string) => void): IdentityConfig {
  const settings = readSettings(env);
  const { text, integer } = settings;
  const server = readServerConfig(settings, { port: 8081, databaseUrl: "sqlite:var/identity.db" });
  const audiences = settings.list("IDENTITY_AUDIENCES");
  const access = integer("IDENTITY_ACCESS_TOKEN_SECONDS", 2, 86_400, 300);
  const refresh = integer("IDENTITY_REFRESH_TOKEN_SECONDS", 2, 31_536_000, 2_592_000);
  if (refresh < access) {
    throw invalid("IDENTITY_REFRESH_TOKEN_SECONDS", "must not be less than IDENTITY_ACCESS_TOKEN_SECONDS");
  }
  return {
    ...server,
    issuer: settings.origin("IDENTITY_ISSUER"),
    audiences: audiences.length === 0 ? ["wirehouse"] : audiences,
    keyEncryptionKeys: keyEncryptionKeys({
      value: text("IDENTITY_KEY_ENCRYPTION_KEY"),
      environment: text("NODE_ENV"),
      host: server.host,
      warn,
    }),
    accessTokenMs: access * 1000,
    refreshTokenMs: refresh * 1000,
    refreshGraceMs: integer("IDENTITY_REFRESH_GRACE_SECONDS", 0, 60, 10) * 1000,
    signingAlgorithm: settings.oneOf("IDENTITY_SIGNING_ALGORITHM", ["ES256", "RS256"], "ES256"),
    logRetention: {
      auditMs: integer("IDENTITY_AUDIT_DAYS", 1, 36_500, 400) * dayMs,
      eventsMs: integer("IDENTITY_EVENTS_DAYS", 1, 36_500, 8) * dayMs,
    },
    bootstrap: readBootstrap(settings),
  };
}

function readBootstrap(settings: Settings): IdentityConfig["bootstrap"] {
  const username = settings.text("IDENTITY_BOOTSTRAP_USERNAME");
  const secret = settings.secret("IDENTITY_BOOTSTRAP_SECRET");
  if (username === undefined && secret === undefined) {
    return undefined;
  }
  if (username === undefined || !/^[a-z0-9][a-z0-9._-]{1,62}[a-z0-9]$/.test(username)) {
    throw invalid("IDENTITY_BOOTSTRAP_USERNAME", "must be 3 to 64 characters: a-z, 0-9, and . _ - inside");
  }
  if (secret === undefined || secret.length < 16) {
    throw invalid("IDENTITY_BOOTSTRAP_SECRET", "must have 16 characters at least");
  }
  return { username, secret };
}
