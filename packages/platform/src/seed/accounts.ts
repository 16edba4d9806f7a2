import { randomUUID } from "node:crypto";
import { Code, ConnectError } from "@connectrpc/connect";
import { SecretKind } from "@partner/identity/v1";
import { clientCredentialsTokenSource, passwordTokenSource } from "@wirehouse/interceptors/auth";
import type { DataFolder } from "../data/data-folder.ts";
import { type Clients, connect } from "../documents/connect.ts";
import { PlatformError } from "../errors.ts";

/** The first operator, whom the identity service makes when it starts on an empty database. */
export const operator = "operator";

/** An account of the platform. Its secret is kept in the data folder under its username. */
interface SeedAccount {
  readonly username: string;
  /** Undefined: the operator's own, `platform`. */
  readonly partner: { readonly slug: string; readonly displayName: string } | undefined;
  readonly kind: SecretKind;
  readonly scopes: string[];
}

/** The example partner's account. */
export const example: SeedAccount = {
  username: "acme",
  partner: { slug: "acme", displayName: "Acme" },
  kind: SecretKind.PASSWORD,
  scopes: ["document:read", "document:write", "identity:read"],
};

/** The account with which the document service follows revocations. */
export const follower: SeedAccount = {
  username: "document-service",
  partner: undefined,
  kind: SecretKind.CLIENT_SECRET,
  scopes: ["identity:revocation:watch"],
};

/**
 * Makes accounts and their secrets through the RPCs, as far as they are not there. An account whose secret was lost gets another.
 *
 * @throws PlatformError `operator_unknown`
 */
export async function seedAccounts(identityUrl: string, folder: DataFolder): Promise<void> {
  let admin: Clients | undefined;
  for (const account of [example, follower]) {
    const secret = folder.readSecret(account.username);
    if (secret !== undefined && (await signsIn(identityUrl, account, secret))) {
      continue;
    }
    admin ??= await connectAsOperator(identityUrl, folder);
    const serviceAccountId = await findOrCreateAccount(admin, account);
    const { value = "" } = await admin.identity.createSecret({
      secret: { serviceAccountId, kind: account.kind, displayName: "Made by pnpm start" },
      idempotencyKey: randomUUID(),
    });
    folder.writeSecret(account.username, value);
  }
}

async function connectAsOperator(identityUrl: string, folder: DataFolder): Promise<Clients> {
  const password = folder.ensureSecret(operator);
  if (!(await signsIn(identityUrl, { username: operator, kind: SecretKind.PASSWORD }, password))) {
    throw new PlatformError(
      "operator_unknown",
      `the identity database does not know the operator of ${folder.secretFile(operator)}. Bring that file back, or begin anew with another database: pnpm start --fresh`,
    );
  }
  return connect({ identityUrl, documentUrl: identityUrl, username: operator, password });
}

async function signsIn(
  identityUrl: string,
  { username, kind }: Pick<SeedAccount, "username" | "kind">,
  secret: string,
): Promise<boolean> {
  const tokens =
    kind === SecretKind.PASSWORD
      ? passwordTokenSource({ endpoint: `${identityUrl}/token`, username, password: secret })
      : clientCredentialsTokenSource({
          endpoint: `${identityUrl}/oauth2/token`,
          client: { id: username, secret },
        });
  try {
    await tokens.get();
    return true;
  } catch (error) {
    if (ConnectError.from(error).code === Code.Unauthenticated || isRefusal(error)) {
      return false;
    }
    throw error;
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "credentials_refused";
}

async function findOrCreateAccount({ identity }: Clients, account: SeedAccount): Promise<string> {
  const { username, scopes } = account;
  const partnerId = await findOrCreatePartner(identity, account.partner);
  for (let pageToken = ""; ; ) {
    const page = await identity.listServiceAccounts({ partnerId, pageToken });
    const found = page.serviceAccounts.find((one) => one.username === username);
    if (found !== undefined) {
      return found.serviceAccountId;
    }
    pageToken = page.nextPageToken;
    if (pageToken === "") {
      const made = await identity.createServiceAccount({
        serviceAccount: { partnerId, username, scopes },
        idempotencyKey: randomUUID(),
      });
      return made.serviceAccount?.serviceAccountId ?? "";
    }
  }
}

async function findOrCreatePartner(
  identity: Clients["identity"],
  partner: SeedAccount["partner"],
): Promise<string> {
  if (partner === undefined) {
    const { partner: own } = await identity.getPartner({});
    return own?.partnerId ?? "";
  }
  for (let pageToken = ""; ; ) {
    const page = await identity.listPartners({ pageToken });
    const found = page.partners.find(({ slug }) => slug === partner.slug);
    if (found !== undefined) {
      return found.partnerId;
    }
    pageToken = page.nextPageToken;
    if (pageToken === "") {
      const made = await identity.createPartner({ partner, idempotencyKey: randomUUID() });
      return made.partner?.partnerId ?? "";
    }
  }
}
