import { readFileSync } from "node:fs";
import { keyEncryptionKeys } from "./crypto/key-encryption-keys.ts";
import { IdentityError } from "./domain/errors.ts";
import type { LogRetention } from "./domain/housekeeping.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** How the service runs. */
export interface IdentityConfig {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** As `openDatabase` takes it. */
  readonly databaseUrl: string;
  /** Undefined: no diagnostics listener. 0: a free port. */
  readonly diagnosticsPort: number | undefined;
  /** One that is not loopback lets whoever reaches it take profiles. */
  readonly diagnosticsHost: string;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly corsOrigins: readonly string[];
  readonly shutdownGraceMs: number;
  /** How far the clocks of this machine and the issuer's may differ. */
  readonly clockToleranceMs: number;
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
 * @throws IdentityError `invalid_config`, which names the variable.
 */
export function readConfig(
  env: Readonly<Record<string, string | undefined>>,
  warn: (message: string) => void,
): IdentityConfig {
  const text = (name: string): string | undefined => env[name] || undefined;
  const integer = (name: string, least: number, most: number, fallback: number): number => {
    const value = text(name);
    if (value === undefined) {
      return fallback;
    }
    if (!/^\d+$/.test(value) || Number(value) < least || Number(value) > most) {
      throw invalid(name, `must be a whole number from ${least} to ${most}`);
    }
    return Number(value);
  };
  const list = (name: string): string[] =>
    (text(name) ?? "")
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== "");

  const host = text("HOST") ?? "127.0.0.1";
  const certFile = text("TLS_CERT_FILE");
  const keyFile = text("TLS_KEY_FILE");
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw invalid(
      certFile === undefined ? "TLS_CERT_FILE" : "TLS_KEY_FILE",
      "is missing: TLS needs both files",
    );
  }
  const issuer = text("IDENTITY_ISSUER");
  if (issuer !== undefined && (!URL.canParse(issuer) || !/^https?:\/\/[^?#]*[^/?#]$/.test(issuer))) {
    throw invalid("IDENTITY_ISSUER", "must be an http or https URL without a slash at the end");
  }
  const audiences = list("IDENTITY_AUDIENCES");
  const access = integer("IDENTITY_ACCESS_TOKEN_SECONDS", 2, 86_400, 300);
  const refresh = integer("IDENTITY_REFRESH_TOKEN_SECONDS", 2, 31_536_000, 2_592_000);
  if (refresh < access) {
    throw invalid("IDENTITY_REFRESH_TOKEN_SECONDS", "must not be less than IDENTITY_ACCESS_TOKEN_SECONDS");
  }
  const signingAlgorithm = text("IDENTITY_SIGNING_ALGORITHM") ?? "ES256";
  if (signingAlgorithm !== "ES256" && signingAlgorithm !== "RS256") {
    throw invalid("IDENTITY_SIGNING_ALGORITHM", "must be ES256 or RS256");
  }
  return {
    host,
    port: integer("PORT", 0, 65_535, 8081),
    databaseUrl: text("DATABASE_URL") ?? "sqlite:var/identity.db",
    diagnosticsPort:
      text("DIAGNOSTICS_PORT") === undefined ? undefined : integer("DIAGNOSTICS_PORT", 0, 65_535, 0),
    diagnosticsHost: text("DIAGNOSTICS_HOST") ?? "127.0.0.1",
    tls: certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile },
    corsOrigins: list("CORS_ORIGINS"),
    shutdownGraceMs: integer("SHUTDOWN_GRACE_SECONDS", 0, 3600, 25) * 1000,
    clockToleranceMs: integer("CLOCK_TOLERANCE_SECONDS", 0, 60, 5) * 1000,
    issuer,
    audiences: audiences.length === 0 ? ["wirehouse"] : audiences,
    keyEncryptionKeys: keyEncryptionKeys({
      value: text("IDENTITY_KEY_ENCRYPTION_KEY"),
      environment: text("NODE_ENV"),
      host,
      warn,
    }),
    accessTokenMs: access * 1000,
    refreshTokenMs: refresh * 1000,
    refreshGraceMs: integer("IDENTITY_REFRESH_GRACE_SECONDS", 0, 60, 10) * 1000,
    signingAlgorithm,
    logRetention: {
      auditMs: integer("IDENTITY_AUDIT_DAYS", 1, 36_500, 400) * dayMs,
      eventsMs: integer("IDENTITY_EVENTS_DAYS", 1, 36_500, 8) * dayMs,
    },
    bootstrap: readBootstrap(text),
  };
}

function readBootstrap(text: (name: string) => string | undefined): IdentityConfig["bootstrap"] {
  const username = text("IDENTITY_BOOTSTRAP_USERNAME");
  const file = text("IDENTITY_BOOTSTRAP_SECRET_FILE");
  let secret = text("IDENTITY_BOOTSTRAP_SECRET");
  if (file !== undefined) {
    try {
      secret = readFileSync(file, "utf8").trim();
    } catch (cause) {
      throw invalid("IDENTITY_BOOTSTRAP_SECRET_FILE", "names a file that cannot be read", cause);
    }
  }
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

function invalid(name: string, problem: string, cause?: unknown): IdentityError {
  return new IdentityError("invalid_config", `${name} ${problem}`, { fields: { variable: name }, cause });
}
