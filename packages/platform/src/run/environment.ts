import type { DataFolder } from "../data/data-folder.ts";
import { follower, operator } from "../seed/accounts.ts";
import { host, type Ports } from "./ports.ts";

/** What the services' environments are made of. */
export interface ServiceSettings {
  readonly folder: DataFolder;
  readonly ports: Ports;
  /** How long access tokens live. Undefined: the service's own default. */
  readonly tokenSeconds?: number | undefined;
  /** The user's environment. */
  readonly env: NodeJS.ProcessEnv;
}

/** Not from the user's shell: each service has its own, or none. An empty variable counts as unset. */
const notShared = { DIAGNOSTICS_PORT: "", TLS_CERT_FILE: "", TLS_KEY_FILE: "" };

/** The environment of the identity service. */
export function identityEnvironment(settings: ServiceSettings): NodeJS.ProcessEnv {
  const { folder, ports, tokenSeconds, env } = settings;
  return {
    ...common(settings),
    PORT: `${ports.identity}`,
    DATABASE_URL: env.IDENTITY_DATABASE_URL || `sqlite:${folder.file("identity.db")}`,
    IDENTITY_ISSUER: identityUrl(ports),
    IDENTITY_AUDIENCES: "",
    IDENTITY_KEY_ENCRYPTION_KEY: env.IDENTITY_KEY_ENCRYPTION_KEY || folder.ensureSecret("key-encryption-key"),
    IDENTITY_BOOTSTRAP_USERNAME: operator,
    IDENTITY_BOOTSTRAP_SECRET: folder.ensureSecret(operator),
    ...(tokenSeconds === undefined ? {} : { IDENTITY_ACCESS_TOKEN_SECONDS: `${tokenSeconds}` }),
  };
}

/** The environment of the document service. */
export function documentEnvironment(settings: ServiceSettings): NodeJS.ProcessEnv {
  const { folder, ports, env } = settings;
  return {
    ...common(settings),
    PORT: `${ports.document}`,
    DATABASE_URL: env.DOCUMENT_DATABASE_URL || `sqlite:${folder.file("documents.db")}`,
    DOCUMENT_ISSUER: identityUrl(ports),
    DOCUMENT_JWKS_URL: "",
    DOCUMENT_AUDIENCES: "",
    DOCUMENT_IDENTITY_USERNAME: follower.username,
    DOCUMENT_IDENTITY_SECRET: "",
    DOCUMENT_IDENTITY_SECRET_FILE: folder.secretFile(follower.username),
  };
}

/** Where the identity service is, which is also the `iss` of its tokens. */
export function identityUrl({ identity }: Ports): string {
  return `http://${host}:${identity}`;
}

function common({ ports, tokenSeconds, env }: ServiceSettings): NodeJS.ProcessEnv {
  return {
    ...env,
    ...notShared,
    HOST: host,
    CORS_ORIGINS: `http://${host}:${ports.web},http://localhost:${ports.web}`,
    SHUTDOWN_GRACE_SECONDS: env.SHUTDOWN_GRACE_SECONDS || "5",
    // With tokens that live for seconds, five more would be most of their life. There is one clock here.
    CLOCK_TOLERANCE_SECONDS: tokenSeconds !== undefined && tokenSeconds < 60 ? "0" : "",
  };
}
