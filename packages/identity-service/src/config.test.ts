import { ServiceKitError } from "@partner/service-kit";
import { describe, expect, it } from "vitest";
import { readConfig } from "./config.ts";

describe("the configuration", () => {
  it("has defaults for one machine, and says that the key is for development", () => {
    const warnings: string[] = [];
    expect(readConfig({}, (message) => warnings.push(message))).toMatchObject({
      host: "127.0.0.1",
      port: 8081,
      databaseUrl: "sqlite:var/identity.db",
      diagnosticsPort: undefined,
      diagnosticsHost: "127.0.0.1",
      tls: undefined,
      corsOrigins: [],
      shutdownGraceMs: 25_000,
      clockToleranceMs: 5000,
      issuer: undefined,
      audiences: ["wirehouse"],
      accessTokenMs: 300_000,
      refreshGraceMs: 10_000,
      signingAlgorithm: "ES256",
      logRetention: { auditMs: 400 * 86_400_000, eventsMs: 8 * 86_400_000 },
      trustedProxies: [],
      rateLimit: { perSecond: 1000, burst: 2000 },
      bootstrap: undefined,
    });
    expect(warnings.length).toBe(1);
  });

  it.each<[name: string, value: string | undefined, rest?: Record<string, string>]>([
    ["PORT", "80 80"],
    ["PORT", "65536"],
    ["DIAGNOSTICS_PORT", "x"],
    ["TLS_KEY_FILE", undefined, { TLS_CERT_FILE: "cert.pem" }],
    ["IDENTITY_ISSUER", "https://id.example/"],
    ["IDENTITY_ISSUER", "id.example"],
    ["IDENTITY_KEY_ENCRYPTION_KEY", "short"],
    ["IDENTITY_KEY_ENCRYPTION_KEY", undefined, { NODE_ENV: "production" }],
    ["IDENTITY_ACCESS_TOKEN_SECONDS", "1"],
    ["IDENTITY_REFRESH_TOKEN_SECONDS", "299"],
    ["IDENTITY_SIGNING_ALGORITHM", "HS256"],
    ["IDENTITY_REFRESH_GRACE_SECONDS", "61"],
    ["IDENTITY_AUDIT_DAYS", "0"],
    ["TRUSTED_PROXIES", "10.0.0.1"],
    ["RATE_LIMIT_PER_SECOND", "-1"],
    ["CLOCK_TOLERANCE_SECONDS", "61"],
    ["IDENTITY_BOOTSTRAP_USERNAME", "A", { IDENTITY_BOOTSTRAP_SECRET: "long enough, surely" }],
    ["IDENTITY_BOOTSTRAP_SECRET", "short", { IDENTITY_BOOTSTRAP_USERNAME: "root" }],
    ["IDENTITY_BOOTSTRAP_SECRET_FILE", "does-not-exist"],
  ])("%s=%s is refused by name", (name, value, rest = {}) => {
    const read = () => readConfig({ ...rest, [name]: value }, () => undefined);
    expect(read).toThrow(ServiceKitError);
    expect(read).toThrow(name);
  });
});
