import { randomBytes, randomUUID } from "node:crypto";
import { SecretKind } from "@partner/identity/v1";
import { connect, type IdentityClient } from "./clients.ts";
import { ServiceProcess } from "./service-process.ts";

export const operator = { username: "first-operator", secret: "correct horse battery staple" };

/** The environment of an identity service: tokens that outlive any scenario, and an operator. */
export function identityEnv(databaseUrl: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    IDENTITY_KEY_ENCRYPTION_KEY: encryptionKey,
    IDENTITY_BOOTSTRAP_USERNAME: operator.username,
    IDENTITY_BOOTSTRAP_SECRET: operator.secret,
    IDENTITY_ACCESS_TOKEN_SECONDS: "86400",
    ...more,
  };
}

const encryptionKey = randomBytes(32).toString("base64");

/** Asks for a token with a password. Undefined: the service could not be reached or was not able to answer. */
export async function signIn(url: string, username: string, password: string): Promise<string | undefined> {
  const response = await fetch(`${url}/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password }),
  }).catch(() => undefined);
  if (response === undefined || response.status === 503) {
    return undefined;
  }
  const body = await response.text().catch(() => undefined);
  if (response.status !== 200) {
    throw new Error(`${username} cannot sign in: ${response.status} ${body}`);
  }
  return body === undefined ? undefined : (JSON.parse(body) as { token: string }).token;
}

/** The claims of a token, unverified. */
export function claimsOf(token: string): { jti: string; sub: string; sid: string; iat: number; exp: number } {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
}

/** An account of a partner, with its token. */
export interface Member {
  readonly partnerId: string;
  readonly accountId: string;
  readonly username: string;
  readonly password: string;
  readonly token: string;
}

/** An identity service that issues the tokens which a scenario needs. */
export interface Issuer {
  readonly url: string;
  readonly databaseUrl: string;
  readonly process: ServiceProcess;
  readonly operator: IdentityClient;
  readonly operatorToken: string;
  /** A new partner with one account. */
  join(scopes?: readonly string[]): Promise<Member>;
  close(): Promise<void>;
}

const documentScopes = ["document:read", "document:write"];

/** Starts one on a database. */
export async function startIssuer(databaseUrl: string, more?: Record<string, string>): Promise<Issuer> {
  const process = await new ServiceProcess({ name: "identity", env: identityEnv(databaseUrl, more) }).start();
  const { url } = process;
  const operatorToken = (await signIn(url, operator.username, operator.secret)) ?? "";
  const connection = connect(url, operatorToken);
  return {
    url,
    databaseUrl,
    process,
    operatorToken,
    operator: connection.identity,
    join: (scopes) => join(url, connection.identity, scopes),
    async close() {
      connection.close();
      await process.kill();
    },
  };
}

async function join(
  url: string,
  by: IdentityClient,
  scopes: readonly string[] = documentScopes,
): Promise<Member> {
  const name = `p${randomUUID().slice(0, 8)}`;
  const { partner } = await by.createPartner({
    partner: { slug: name, displayName: name },
    idempotencyKey: randomUUID(),
  });
  const { partnerId = "" } = partner ?? {};
  const { serviceAccount } = await by.createServiceAccount({
    serviceAccount: { partnerId, username: `${name}-worker`, scopes: [...scopes] },
    idempotencyKey: randomUUID(),
  });
  const { serviceAccountId = "", username = "" } = serviceAccount ?? {};
  const { value: password = "" } = await by.createSecret({
    secret: { serviceAccountId, kind: SecretKind.PASSWORD },
    idempotencyKey: randomUUID(),
  });
  const token = await signIn(url, username, password);
  return { partnerId, accountId: serviceAccountId, username, password, token: token ?? "" };
}

/** The environment of a document service that trusts an issuer. */
export function documentEnv(
  issuer: Pick<Issuer, "url">,
  databaseUrl: string,
  more: Record<string, string> = {},
): Record<string, string> {
  return { DATABASE_URL: databaseUrl, DOCUMENT_ISSUER: issuer.url, ...more };
}
