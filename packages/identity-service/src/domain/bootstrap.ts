import type { DomainDeps } from "./deps.ts";
import type { Actor, Partner, Secret, SecretKind, ServiceAccount } from "./model.ts";
import type { SecretHasher } from "./ports.ts";

const scopes = [
  "document:read",
  "document:write",
  "identity:read",
  "identity:revocation:watch",
  "identity:write",
  "platform:operate",
];

const bootstrap: Actor = { partnerId: "", component: "bootstrap" };

/**
 * Makes the partner `platform` with the first operator, if there is no partner yet. The secret is good for both token
 * endpoints. Whether it made them.
 */
export async function makeFirstOperator(
  { store, ids, now, hasher }: DomainDeps & { hasher: SecretHasher },
  operator: { readonly username: string; readonly secret: string },
): Promise<boolean> {
  const first = { limit: 1, states: [] };
  if ((await store.read((tx) => tx.partners.list(first))).length > 0) {
    return false;
  }
  const accountId = ids.uuid();
  const hash = await hasher.hash(operator.secret, accountId);
  return await store.change(async (tx) => {
    // Of several replicas that start together one does it.
    if ((await tx.partners.list(first)).length > 0) {
      return false;
    }
    const at = now();
    const common = { state: "active", etag: ids.etag(), createdAt: at, updatedAt: at } as const;
    const partnerId = ids.uuid();
    const partner: Partner = {
      ...common,
      partnerId,
      slug: "platform",
      displayName: "Platform",
      contactEmail: "",
    };
    const account: ServiceAccount = {
      ...common,
      accountId,
      partnerId,
      username: operator.username,
      displayName: "First operator",
      scopes,
      lockExpireAt: undefined,
      lastSignInAt: undefined,
    };
    await tx.partners.insert(partner);
    await tx.accounts.insert(account);
    tx.emit({ partnerId, actor: bootstrap, at, change: { kind: "partner_created", partner } });
    tx.emit({ partnerId, actor: bootstrap, at, change: { kind: "service_account_created", account } });
    for (const kind of ["password", "client_secret"] satisfies SecretKind[]) {
      const secret: Secret = {
        secretId: ids.uuid(),
        accountId,
        partnerId,
        kind,
        displayName: "Bootstrap",
        createdAt: at,
        expireAt: undefined,
        lastUseAt: undefined,
        revokedAt: undefined,
      };
      await tx.secrets.insert({ ...secret, hash });
      tx.emit({ partnerId, actor: bootstrap, at, change: { kind: "secret_created", secret } });
    }
    return true;
  });
}
