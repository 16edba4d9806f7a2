import { readFileSync } from "node:fs";
import type { Quota } from "./domain/limits.ts";
import { DocumentServiceError } from "./errors.ts";
import { defaultQuota } from "./service.ts";

/** How the service runs. */
export interface DocumentConfig {
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
 * @throws DocumentServiceError `invalid_config`, which names the variable.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): DocumentConfig {
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

  const certFile = text("TLS_CERT_FILE");
  const keyFile = text("TLS_KEY_FILE");
  if ((certFile === undefined) !== (keyFile === undefined)) {
    const missing = certFile === undefined ? "TLS_CERT_FILE" : "TLS_KEY_FILE";
    throw invalid(missing, "is missing: TLS needs both files");
  }
  const issuer = text("DOCUMENT_ISSUER") ?? "http://127.0.0.1:8081";
  if (!URL.canParse(issuer) || !/^https?:\/\/[^?#]*[^/?#]$/.test(issuer)) {
    throw invalid("DOCUMENT_ISSUER", "must be an http or https URL without a slash at the end");
  }
  const jwksUrl = text("DOCUMENT_JWKS_URL") ?? `${issuer}/.well-known/jwks.json`;
  if (!URL.canParse(jwksUrl)) {
    throw invalid("DOCUMENT_JWKS_URL", "must be a URL");
  }
  const cleartext = text("DOCUMENT_ALLOW_CLEARTEXT") ?? "0";
  if (cleartext !== "0" && cleartext !== "1") {
    throw invalid("DOCUMENT_ALLOW_CLEARTEXT", "must be 0 or 1");
  }
  const audiences = list("DOCUMENT_AUDIENCES");
  const most = Number.MAX_SAFE_INTEGER;
  return {
    host: text("HOST") ?? "127.0.0.1",
    port: integer("PORT", 0, 65_535, 8082),
    databaseUrl: text("DATABASE_URL") ?? "sqlite:var/documents.db",
    diagnosticsPort:
      text("DIAGNOSTICS_PORT") === undefined ? undefined : integer("DIAGNOSTICS_PORT", 0, 65_535, 0),
    diagnosticsHost: text("DIAGNOSTICS_HOST") ?? "127.0.0.1",
    tls: certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile },
    corsOrigins: list("CORS_ORIGINS"),
    shutdownGraceMs: integer("SHUTDOWN_GRACE_SECONDS", 0, 3600, 25) * 1000,
    clockToleranceMs: integer("CLOCK_TOLERANCE_SECONDS", 0, 60, 5) * 1000,
    issuer,
    jwksUrl,
    audiences: audiences.length === 0 ? ["wirehouse"] : audiences,
    identityClient: readClient(text),
    allowCleartext: cleartext === "1",
    quota: {
      documents: integer("DOCUMENT_QUOTA_DOCUMENTS", 0, most, defaultQuota.documents),
      contentBytes: integer("DOCUMENT_QUOTA_BYTES", 0, most, defaultQuota.contentBytes),
    },
  };
}

function readClient(text: (name: string) => string | undefined): DocumentConfig["identityClient"] {
  const id = text("DOCUMENT_IDENTITY_USERNAME");
  const file = text("DOCUMENT_IDENTITY_SECRET_FILE");
  let secret = text("DOCUMENT_IDENTITY_SECRET");
  if (file !== undefined) {
    try {
      secret = readFileSync(file, "utf8").trim();
    } catch (cause) {
      throw invalid("DOCUMENT_IDENTITY_SECRET_FILE", "names a file that cannot be read", cause);
    }
  }
  if (id === undefined && secret === undefined) {
    return undefined;
  }
  if (id === undefined || secret === undefined) {
    const missing = id === undefined ? "DOCUMENT_IDENTITY_USERNAME" : "DOCUMENT_IDENTITY_SECRET";
    throw invalid(missing, "is missing: to follow revocations takes both, a username and its secret");
  }
  return { id, secret };
}

function invalid(variable: string, problem: string, cause?: unknown): DocumentServiceError {
  return new DocumentServiceError("invalid_config", variable, problem, { cause });
}
