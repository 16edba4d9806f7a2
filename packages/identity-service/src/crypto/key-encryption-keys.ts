import { createHash } from "node:crypto";
import { invalid } from "@partner/service-kit";

const variable = "IDENTITY_KEY_ENCRYPTION_KEY";

/** Known to everybody who has the source: it protects nothing. */
const developmentKey = createHash("sha256").update("for development only").digest();

/** Where the keys come from, and whether they may be missing. */
export interface KeyEncryptionSettings {
  /** `IDENTITY_KEY_ENCRYPTION_KEY`: 32 bytes in base64; to change it, the new one, a comma, the old one. */
  readonly value: string | undefined;
  /** `NODE_ENV`. */
  readonly environment: string | undefined;
  /** The host that the service listens on. */
  readonly host: string;
  /** Told, loudly, when the development key is used. */
  readonly warn: (message: string) => void;
}

const loopback: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "localhost"]);

/**
 * The keys for `createKeySealer`. Without a setting, on a developer's own machine, a key that everybody knows. Throws
 * `ServiceKitError` `invalid_config`.
 */
export function keyEncryptionKeys({ value, environment, host, warn }: KeyEncryptionSettings): Uint8Array[] {
  if (value !== undefined && value !== "") {
    return value.split(",").map((encoded) => decode(encoded.trim()));
  }
  if (environment === "production" || !loopback.has(host)) {
    throw invalid(variable, "is missing. Make one with: openssl rand -base64 32");
  }
  warn(
    "IDENTITY_KEY_ENCRYPTION_KEY is not set: signing keys are stored under a key that everybody knows. FOR DEVELOPMENT ONLY",
  );
  return [developmentKey];
}

function decode(encoded: string): Uint8Array {
  const key = /^[A-Za-z0-9+/_-]{43}=?$/.test(encoded) ? Buffer.from(encoded, "base64") : undefined;
  if (key?.length !== 32) {
    throw invalid(variable, "must be 32 bytes in base64, each key. Make one with: openssl rand -base64 32");
  }
  return key;
}
