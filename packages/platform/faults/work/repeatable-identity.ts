import { randomUUID } from "node:crypto";
import { SecretKind } from "@partner/identity/v1";
import type { Connection } from "../harness/clients.ts";
import type { Repeatable } from "./duplicates.ts";

const name = (): string => `p${randomUUID().slice(0, 12)}`;

async function partner({ identity }: Connection): Promise<string> {
  const made = await identity.createPartner({
    partner: { slug: name(), displayName: "Twice" },
    idempotencyKey: randomUUID(),
  });
  return made.partner?.partnerId ?? "";
}

async function account(connection: Connection): Promise<string> {
  const partnerId = await partner(connection);
  const made = await connection.identity.createServiceAccount({
    serviceAccount: { partnerId, username: name() },
    idempotencyKey: randomUUID(),
  });
  return made.serviceAccount?.serviceAccountId ?? "";
}

/** All RPCs of the identity service that change something, but RotateSigningKey: keys rotate one at a time, so it has a test of its own. */
export const repeatableIdentity: readonly Repeatable[] = [
  {
    name: "CreatePartner",
    make: async () => {
      const request = { partner: { slug: name(), displayName: "Once" }, idempotencyKey: randomUUID() };
      return ({ identity }) => identity.createPartner(request);
    },
  },
  {
    name: "UpdatePartner",
    make: async (connection) => {
      const request = {
        partner: { partnerId: await partner(connection), displayName: "New" },
        updateMask: { paths: ["display_name"] },
      };
      return ({ identity }) => identity.updatePartner(request);
    },
  },
  {
    name: "SuspendPartner",
    make: async (connection) => {
      const partnerId = await partner(connection);
      return ({ identity }) => identity.suspendPartner({ partnerId, reason: "test" });
    },
  },
  {
    name: "ResumePartner",
    make: async (connection) => {
      const partnerId = await partner(connection);
      await connection.identity.suspendPartner({ partnerId, reason: "test" });
      return ({ identity }) => identity.resumePartner({ partnerId, reason: "test" });
    },
  },
  {
    name: "ClosePartner",
    make: async (connection) => {
      const partnerId = await partner(connection);
      return ({ identity }) => identity.closePartner({ partnerId, reason: "test" });
    },
  },
  {
    name: "CreateServiceAccount",
    make: async (connection) => {
      const request = {
        serviceAccount: { partnerId: await partner(connection), username: name() },
        idempotencyKey: randomUUID(),
      };
      return ({ identity }) => identity.createServiceAccount(request);
    },
  },
  {
    name: "UpdateServiceAccount",
    make: async (connection) => {
      const request = {
        serviceAccount: { serviceAccountId: await account(connection), displayName: "New" },
        updateMask: { paths: ["display_name"] },
      };
      return ({ identity }) => identity.updateServiceAccount(request);
    },
  },
  {
    name: "DisableServiceAccount",
    make: async (connection) => {
      const serviceAccountId = await account(connection);
      return ({ identity }) => identity.disableServiceAccount({ serviceAccountId });
    },
  },
  {
    name: "EnableServiceAccount",
    make: async (connection) => {
      const serviceAccountId = await account(connection);
      await connection.identity.disableServiceAccount({ serviceAccountId });
      return ({ identity }) => identity.enableServiceAccount({ serviceAccountId });
    },
  },
  {
    name: "DeleteServiceAccount",
    make: async (connection) => {
      const serviceAccountId = await account(connection);
      return ({ identity }) => identity.deleteServiceAccount({ serviceAccountId, allowMissing: true });
    },
  },
  {
    name: "CreateSecret",
    make: async (connection) => {
      const secret = { serviceAccountId: await account(connection), kind: SecretKind.PASSWORD };
      const request = { secret, idempotencyKey: randomUUID() };
      return ({ identity }) => identity.createSecret(request);
    },
  },
  {
    name: "RevokeSecret",
    make: async (connection) => {
      const secret = { serviceAccountId: await account(connection), kind: SecretKind.PASSWORD };
      const made = await connection.identity.createSecret({ secret, idempotencyKey: randomUUID() });
      const secretId = made.secret?.secretId ?? "";
      return ({ identity }) => identity.revokeSecret({ secretId });
    },
  },
  {
    name: "RevokeTokens",
    make: async (connection) => {
      const target = { case: "serviceAccountId" as const, value: await account(connection) };
      const request = { target, idempotencyKey: randomUUID() };
      return ({ identity }) => identity.revokeTokens(request);
    },
  },
];
