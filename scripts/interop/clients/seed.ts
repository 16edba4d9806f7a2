import { randomUUID } from "node:crypto";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { IdentityService } from "@partner/identity/service/v1";
import { SecretKind } from "@partner/identity/v1";
import type { Account, Services } from "./services.ts";

/** The services with a partner and two accounts of it. */
export interface Platform extends Services {
  /** May read and write documents. */
  readonly editor: Account;
  /** May read documents. */
  readonly reader: Account;
}

/** Makes a partner with its accounts, through the RPCs. */
export async function seed(services: Services): Promise<Platform> {
  const token = await signIn(services.identityUrl, services.operator);
  const transport = createGrpcTransport({
    baseUrl: services.identityUrl,
    interceptors: [
      (next) => (request) => {
        request.header.set("authorization", `Bearer ${token}`);
        return next(request);
      },
    ],
  });
  const identity = createClient(IdentityService, transport);
  const { partner } = await identity.createPartner({
    partner: { slug: "interop", displayName: "Interop" },
    idempotencyKey: randomUUID(),
  });
  const partnerId = partner?.partnerId ?? "";
  const add = async (username: string, scopes: string[]): Promise<Account> => {
    const { serviceAccount } = await identity.createServiceAccount({
      serviceAccount: { partnerId, username, scopes },
      idempotencyKey: randomUUID(),
    });
    const serviceAccountId = serviceAccount?.serviceAccountId ?? "";
    const { value = "" } = await identity.createSecret({
      secret: { serviceAccountId, kind: SecretKind.PASSWORD },
      idempotencyKey: randomUUID(),
    });
    return { username, password: value };
  };
  return {
    ...services,
    editor: await add("editor", ["document:read", "document:write"]),
    reader: await add("reader", ["document:read"]),
  };
}

/** A new access token, from `POST /token`. */
export async function signIn(identityUrl: string, account: Account): Promise<string> {
  const response = await fetch(`${identityUrl}/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(account),
  });
  if (!response.ok) {
    throw new Error(`POST /token answers ${response.status}: ${await response.text()}`);
  }
  return ((await response.json()) as { token: string }).token;
}

/** New tokens of the partner's accounts. */
export async function tokensOf({ identityUrl, editor, reader }: Platform) {
  return { editor: await signIn(identityUrl, editor), reader: await signIn(identityUrl, reader) };
}
