import { fileURLToPath } from "node:url";
import { mainOf, type ServerProcess, startProcess } from "./process.ts";

/** A server that cases run against. */
export interface Target {
  /** What is in front of the handlers: "full stack", "bare", or a peer's name. */
  readonly stack: string;
  /** Where its documents are. Undefined: it has none. */
  readonly store: Store | undefined;
  readonly process: ServerProcess;
  /** The `authorization` of calls. */
  readonly authorization: () => string | undefined;
}

export type Store = "sqlite" | "postgres";

/** The identity service that the full stack trusts, and an account there that may do everything. */
export interface Identity {
  readonly process: ServerProcess;
  readonly username: string;
  readonly secret: string;
}

const operator = { username: "bench-operator", secret: "bench-operator-secret" };
const program = (name: string): string => fileURLToPath(new URL(`./servers/${name}.ts`, import.meta.url));

export async function startIdentity(
  folder: string,
  name: string,
  databaseUrl: string,
  accessTokenSeconds = 3600,
): Promise<Identity> {
  const process = await startProcess(folder, name, mainOf("@partner/identity-service"), {
    DATABASE_URL: databaseUrl,
    IDENTITY_BOOTSTRAP_USERNAME: operator.username,
    IDENTITY_BOOTSTRAP_SECRET: operator.secret,
    IDENTITY_ACCESS_TOKEN_SECONDS: String(accessTokenSeconds),
    DIAGNOSTICS_PORT: "0",
  });
  return { process, ...operator };
}

/** The document service as it is started in production, with its log at the default level. */
export function startDocuments(
  folder: string,
  name: string,
  databaseUrl: string,
  identity: Identity,
): Promise<ServerProcess> {
  return startProcess(folder, name, mainOf("@partner/document-service"), {
    DATABASE_URL: databaseUrl,
    DOCUMENT_ISSUER: identity.process.url,
    DOCUMENT_IDENTITY_USERNAME: identity.username,
    DOCUMENT_IDENTITY_SECRET: identity.secret,
    DOCUMENT_QUOTA_DOCUMENTS: "100000000",
    DIAGNOSTICS_PORT: "0",
  });
}

export function startBare(folder: string, name: string, databaseUrl: string): Promise<ServerProcess> {
  return startProcess(folder, name, program("bare"), { DATABASE_URL: databaseUrl });
}

/** Servers that answer GetDocument from memory. */
export async function startPeers(folder: string): Promise<Target[]> {
  const peer = async (stack: string, file: string): Promise<Target> => ({
    stack,
    store: undefined,
    process: await startProcess(folder, file, program(file), {}),
    authorization: () => undefined,
  });
  return [await peer("connect-node, echo", "echo-connect"), await peer("grpc-js, echo", "echo-grpc-js")];
}

/** A token by `POST /token`. */
export async function requestToken({ process, username, secret }: Identity): Promise<string> {
  const response = await fetch(`${process.url}/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password: secret }),
  });
  if (!response.ok) {
    throw new Error(`POST /token: ${response.status} ${await response.text()}`);
  }
  return ((await response.json()) as { token: string }).token;
}
