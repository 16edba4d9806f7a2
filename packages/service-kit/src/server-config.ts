import { createAddressFinder } from "@wirehouse/interceptors/real-ip";
import { invalid, type Settings } from "./settings.ts";

/** How a service is served: the same variables for each. */
export interface ServerConfig {
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
  /** The networks of proxies whose word about the caller's address is believed, in CIDR notation. */
  readonly trustedProxies: readonly string[];
  /** What one account may call, in each replica. Undefined: as much as it likes. */
  readonly rateLimit: { readonly perSecond: number; readonly burst: number } | undefined;
}

/** Reads `HOST`, `PORT` and so on; the READMEs of the services have the table. Throws `ServiceKitError` `invalid_config`. */
export function readServerConfig(
  settings: Settings,
  defaults: { readonly port: number; readonly databaseUrl: string },
): ServerConfig {
  const { text, integer, list } = settings;
  const certFile = text("TLS_CERT_FILE");
  const keyFile = text("TLS_KEY_FILE");
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw invalid(
      certFile === undefined ? "TLS_CERT_FILE" : "TLS_KEY_FILE",
      "is missing: TLS needs both files",
    );
  }
  const trustedProxies = list("TRUSTED_PROXIES");
  try {
    createAddressFinder({ trustedProxies });
  } catch (cause) {
    throw invalid("TRUSTED_PROXIES", "must be networks such as 10.0.0.0/8, separated by commas", cause);
  }
  const perSecond = integer("RATE_LIMIT_PER_SECOND", 0, 1_000_000, 1000);
  return {
    host: text("HOST") ?? "127.0.0.1",
    port: integer("PORT", 0, 65_535, defaults.port),
    databaseUrl: text("DATABASE_URL") ?? defaults.databaseUrl,
    diagnosticsPort: settings.optionalInteger("DIAGNOSTICS_PORT", 0, 65_535),
    diagnosticsHost: text("DIAGNOSTICS_HOST") ?? "127.0.0.1",
    tls: certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile },
    corsOrigins: list("CORS_ORIGINS"),
    shutdownGraceMs: integer("SHUTDOWN_GRACE_SECONDS", 0, 3600, 25) * 1000,
    clockToleranceMs: integer("CLOCK_TOLERANCE_SECONDS", 0, 60, 5) * 1000,
    trustedProxies,
    rateLimit:
      perSecond === 0
        ? undefined
        : { perSecond, burst: integer("RATE_LIMIT_BURST", 1, 1_000_000, 2 * perSecond) },
  };
}
