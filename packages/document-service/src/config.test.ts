import { expect, it } from "vitest";
import { readConfig } from "./config.ts";

it("needs nothing: the defaults are those of a developer's machine", () => {
  expect(readConfig({})).toEqual({
    host: "127.0.0.1",
    port: 8082,
    databaseUrl: "sqlite:var/documents.db",
    diagnosticsPort: undefined,
    diagnosticsHost: "127.0.0.1",
    tls: undefined,
    corsOrigins: [],
    shutdownGraceMs: 25_000,
    clockToleranceMs: 5000,
    trustedProxies: [],
    rateLimit: { perSecond: 1000, burst: 2000 },
    issuer: "http://127.0.0.1:8081",
    jwksUrl: "http://127.0.0.1:8081/.well-known/jwks.json",
    audiences: ["wirehouse"],
    identityClient: undefined,
    allowCleartext: false,
    quota: { documents: 100_000, contentBytes: 100 * 1024 ** 3 },
  });
});

it.each([
  ["PORT", { PORT: "http" }],
  ["PORT", { PORT: "65536" }],
  ["TLS_KEY_FILE", { TLS_CERT_FILE: "a.pem" }],
  ["DOCUMENT_ISSUER", { DOCUMENT_ISSUER: "identity:8081" }],
  ["DOCUMENT_ISSUER", { DOCUMENT_ISSUER: "https://identity.example/" }],
  ["DOCUMENT_JWKS_URL", { DOCUMENT_JWKS_URL: "keys" }],
  ["DOCUMENT_ALLOW_CLEARTEXT", { DOCUMENT_ALLOW_CLEARTEXT: "yes" }],
  ["DOCUMENT_IDENTITY_SECRET", { DOCUMENT_IDENTITY_USERNAME: "documents" }],
  ["DOCUMENT_IDENTITY_USERNAME", { DOCUMENT_IDENTITY_SECRET: "a secret of some length" }],
  ["DOCUMENT_IDENTITY_SECRET_FILE", { DOCUMENT_IDENTITY_SECRET_FILE: "no/such/file" }],
  ["DOCUMENT_QUOTA_BYTES", { DOCUMENT_QUOTA_BYTES: "-1" }],
  ["TRUSTED_PROXIES", { TRUSTED_PROXIES: "proxy" }],
  ["RATE_LIMIT_BURST", { RATE_LIMIT_BURST: "0" }],
  ["CLOCK_TOLERANCE_SECONDS", { CLOCK_TOLERANCE_SECONDS: "61" }],
])("names %s when it is wrong: %o", (variable, env) => {
  expect(() => readConfig(env)).toThrow(expect.objectContaining({ code: "invalid_config", variable }));
});
