import { IdentityService } from "@partner/identity/service/v1";
import { SecretKind } from "@partner/identity/v1";
import { eachStore } from "@partner/storage/testing";
import { describe, expect, it } from "vitest";
import { type IdentityClient, newKey, startIdentity } from "../testing/identity-fixture.ts";
import { failureOf } from "../testing/outcome.ts";

/** What belongs to another partner. */
interface Victim {
  readonly partnerId: string;
  readonly serviceAccountId: string;
  readonly secretId: string;
  readonly tokenId: string;
  readonly sessionId: string;
  readonly pageToken: string;
}

type Attack = (client: IdentityClient, victim: Victim) => Promise<unknown>;

const notFound = "NotFound NOT_FOUND";
const revoke =
  (target: "tokenId" | "sessionId" | "serviceAccountId" | "partnerId"): Attack =>
  (client, victim) =>
    client.revokeTokens({ target: { case: target, value: victim[target] }, idempotencyKey: newKey() });

/** For each RPC, how another partner's objects could be named in it. */
const attacks: Record<keyof typeof IdentityService.method, readonly [string, Attack][]> = {
  getPartner: [["by id", (client, { partnerId }) => client.getPartner({ partnerId })]],
  updatePartner: [
    ["by id", (client, { partnerId }) => client.updatePartner({ partner: { partnerId, displayName: "x" } })],
  ],
  // For operators: the gate lets nobody else through. If it did, they would be as blind.
  suspendPartner: [["by id", (client, { partnerId }) => client.suspendPartner({ partnerId })]],
  resumePartner: [["by id", (client, { partnerId }) => client.resumePartner({ partnerId })]],
  closePartner: [["by id", (client, { partnerId }) => client.closePartner({ partnerId })]],
  createServiceAccount: [
    [
      "in the partner",
      (client, { partnerId }) =>
        client.createServiceAccount({
          serviceAccount: { partnerId, username: "intruder" },
          idempotencyKey: newKey(),
        }),
    ],
  ],
  getServiceAccount: [
    ["by id", (client, { serviceAccountId }) => client.getServiceAccount({ serviceAccountId })],
  ],
  listServiceAccounts: [
    ["of the partner", (client, { partnerId }) => client.listServiceAccounts({ partnerId })],
    [
      "with the partner's page token",
      (client, { partnerId, pageToken }) => client.listServiceAccounts({ partnerId, pageToken }),
    ],
  ],
  updateServiceAccount: [
    [
      "by id",
      (client, { serviceAccountId }) =>
        client.updateServiceAccount({ serviceAccount: { serviceAccountId, displayName: "x" } }),
    ],
  ],
  disableServiceAccount: [
    ["by id", (client, { serviceAccountId }) => client.disableServiceAccount({ serviceAccountId })],
  ],
  enableServiceAccount: [
    ["by id", (client, { serviceAccountId }) => client.enableServiceAccount({ serviceAccountId })],
  ],
  deleteServiceAccount: [
    ["by id", (client, { serviceAccountId }) => client.deleteServiceAccount({ serviceAccountId })],
  ],
  createSecret: [
    [
      "for the account",
      (client, { serviceAccountId }) =>
        client.createSecret({
          secret: { serviceAccountId, kind: SecretKind.PASSWORD },
          idempotencyKey: newKey(),
        }),
    ],
  ],
  listSecrets: [
    ["of the account", (client, { serviceAccountId }) => client.listSecrets({ serviceAccountId })],
  ],
  revokeSecret: [["by id", (client, { secretId }) => client.revokeSecret({ secretId })]],
  listTokens: [["of the account", (client, { serviceAccountId }) => client.listTokens({ serviceAccountId })]],
  revokeTokens: [
    ["by token", revoke("tokenId")],
    ["by session", revoke("sessionId")],
    ["by account", revoke("serviceAccountId")],
    ["by partner", revoke("partnerId")],
  ],
  // They name no object of a partner.
  whoAmI: [],
  createPartner: [],
  listPartners: [],
  listSigningKeys: [],
  rotateSigningKey: [],
  // Who has the scope verifies tokens of all partners, so it follows the revocations of all.
  watchRevocations: [],
};

const cases = Object.entries(attacks).flatMap(([rpc, list]) =>
  list.map(([how, attack]) => ({ rpc, how, attack })),
);

it("the table has each RPC", () => {
  expect(Object.keys(attacks).sort()).toEqual(
    IdentityService.methods.map(({ localName }) => localName).sort(),
  );
});

eachStore("another partner's objects", (stores) => {
  it("do not exist, whatever the RPC, and are as they were afterwards", async () => {
    const identity = await startIdentity(stores);
    const attacker = await identity.join("attacker");
    const { client, account, partner } = await identity.join("victim");
    const { secret } = await client.createSecret({
      secret: { serviceAccountId: account.accountId, kind: SecretKind.PASSWORD },
      idempotencyKey: newKey(),
    });
    await client.createServiceAccount({ serviceAccount: { username: "second" }, idempotencyKey: newKey() });
    const { access } = await identity.signIn(account);
    const { nextPageToken } = await client.listServiceAccounts({
      partnerId: partner.partnerId,
      pageSize: 1,
    });
    const victim: Victim = {
      partnerId: partner.partnerId,
      serviceAccountId: account.accountId,
      secretId: secret?.secretId ?? "",
      tokenId: access.tokenId,
      sessionId: access.sessionId,
      pageToken: nextPageToken,
    };
    const look = async () => ({
      partner: await client.getPartner({}),
      accounts: await client.listServiceAccounts({}),
      secrets: await client.listSecrets({ serviceAccountId: account.accountId }),
      tokens: await client.listTokens({ serviceAccountId: account.accountId }),
      events: await identity.events(partner.partnerId),
    });
    const before = await look();
    const nobody: Victim = {
      ...victim,
      partnerId: identity.ids.uuid(),
      serviceAccountId: identity.ids.uuid(),
      secretId: identity.ids.uuid(),
      tokenId: identity.ids.uuid(),
      sessionId: identity.ids.uuid(),
    };
    for (const { rpc, how, attack } of cases) {
      const title = `${rpc} ${how}`;
      if (how.includes("page token")) {
        expect([title, await failureOf(attack(attacker.client, victim))]).toEqual([title, notFound]);
        continue;
      }
      const found = await failureOf(attack(attacker.client, victim));
      // The same as for what is nowhere: the answer does not tell that there is something.
      const missing = await failureOf(attack(attacker.client, nobody));
      expect([title, found, missing]).toEqual([title, notFound, notFound]);
    }
    const allowMissing = { serviceAccountId: account.accountId, allowMissing: true };
    expect(await failureOf(attacker.client.deleteServiceAccount(allowMissing))).toBe("OK");
    expect(await look()).toEqual(before);
  });

  it("are in no list", async () => {
    const identity = await startIdentity(stores);
    const attacker = await identity.join("attacker");
    await identity.join("victim");
    const { client } = attacker;
    expect((await client.listPartners({})).partners.map(({ slug }) => slug)).toEqual(["attacker"]);
    const { serviceAccounts } = await client.listServiceAccounts({});
    expect(serviceAccounts.map(({ username }) => username)).toEqual(["attacker-admin"]);
    const { tokens } = await client.listTokens({ serviceAccountId: attacker.account.accountId });
    expect(new Set(tokens.map(({ partnerId }) => partnerId))).toEqual(new Set([attacker.partner.partnerId]));
  });

  it("a repeat under an operator's key gives nothing to an account of its partner that is none", async () => {
    const identity = await startIdentity(stores);
    const operator = await identity.join("platform", ["platform:operate", "identity:write"]);
    const victim = await identity.join("victim");
    const request = {
      serviceAccount: { partnerId: victim.partner.partnerId, username: "made-by-operator" },
      idempotencyKey: newKey(),
    };
    await operator.client.createServiceAccount(request);
    const colleague = identity.as({ ...operator.caller, scopes: new Set(["identity:write"]) });
    expect(await failureOf(colleague.createServiceAccount(request))).toBe(notFound);
  });
});

describe("an operator", () => {
  eachStore("sees", (stores) => {
    it("the objects of all partners", async () => {
      const identity = await startIdentity(stores);
      const { client } = await identity.join("platform", ["platform:operate"]);
      const { partner, account } = await identity.join("acme");
      expect((await client.getPartner({ partnerId: partner.partnerId })).partner?.slug).toBe("acme");
      const { accountId: serviceAccountId } = account;
      expect((await client.getServiceAccount({ serviceAccountId })).serviceAccount?.username).toBe(
        "acme-admin",
      );
      expect((await client.listTokens({ serviceAccountId })).tokens.length).toBe(2);
    });
  });
});
