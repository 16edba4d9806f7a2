import { randomUUID } from "node:crypto";
import { ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { IdentityService } from "@partner/identity/service/v1";
import { SecretKind } from "@partner/identity/v1";
import { createJsonLog } from "@partner/service-kit";
import { eachStore } from "@partner/storage/testing";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { readConfig } from "./config.ts";
import { createScryptHasher } from "./crypto/scrypt-hasher.ts";
import { startIdentityService } from "./service.ts";
import { migrations } from "./store/migrations/index.ts";
import type { IdentitySchema } from "./store/schema.ts";
import { newKey } from "./testing/identity-fixture.ts";

/** Complete by its type: a table that is added is looked into. */
const tables: Record<keyof IdentitySchema, true> = {
  audit_log: true,
  events: true,
  idempotency_keys: true,
  partners: true,
  refresh_tokens: true,
  revocations: true,
  secrets: true,
  sequences: true,
  service_accounts: true,
  sessions: true,
  sign_in_guard: true,
  signing_keys: true,
  tokens: true,
  usernames: true,
};

eachStore("secrets", (stores) => {
  test("are in no log, no failure, no audit entry and no row, on whatever path they came", async () => {
    const secrets = new Set<string>();
    const failures: string[] = [];
    const lines: string[] = [];
    const canary = () => {
      const value = `canary-${randomUUID()}`;
      secrets.add(value);
      return value;
    };
    const issued = (...values: (string | undefined)[]) => {
      for (const value of values) {
        expect(value?.length).toBeGreaterThan(20);
        secrets.add(value as string);
      }
    };

    const operator = canary();
    const databaseUrl = await stores.url();
    const config = readConfig(
      {
        PORT: "0",
        DATABASE_URL: databaseUrl,
        IDENTITY_BOOTSTRAP_USERNAME: "operator",
        IDENTITY_BOOTSTRAP_SECRET: operator,
        IDENTITY_REFRESH_GRACE_SECONDS: "0",
        SHUTDOWN_GRACE_SECONDS: "1",
      },
      () => undefined,
    );
    const log = createJsonLog("debug", (line) => lines.push(line));
    const service = await startIdentityService(config, log, { hasher: createScryptHasher({ logN: 4 }) });
    try {
      const post = async (path: string, body: string, type: string, header: Record<string, string> = {}) => {
        const response = await fetch(`${service.url}${path}`, {
          method: "POST",
          headers: { "content-type": type, ...header },
          body,
        });
        const text = await response.text();
        if (response.status !== 200) {
          failures.push(text, JSON.stringify([...response.headers]));
          return {};
        }
        return JSON.parse(text) as Record<string, string>;
      };
      const json = (body: unknown) => post("/token", JSON.stringify(body), "application/json");
      const form = (fields: Record<string, string>, header?: Record<string, string>) =>
        post(
          "/oauth2/token",
          new URLSearchParams(fields).toString(),
          "application/x-www-form-urlencoded",
          header,
        );

      // Sign-ins that succeed, and what may go wrong with them.
      const { token } = await json({ username: "operator", password: operator });
      issued(token);
      await json({ username: "operator", password: canary() });
      await json({ username: canary(), password: canary() });
      await json({ username: operator, password: "operator" });
      await json({ username: "operator", password: [canary()] });
      await post("/token", `{"username":"operator","password":"${canary()}`, "application/json");
      await post("/token", `password=${canary()}`, "application/x-www-form-urlencoded");
      await post(`/token?password=${canary()}`, "{}", "application/json");
      await post(`/${canary()}`, "", "application/json");
      const client = { client_id: "operator", client_secret: operator };
      const first = await form({ grant_type: "client_credentials", scope: "offline_access", ...client });
      issued(first.access_token, first.refresh_token, first.refresh_token?.split(".")[1]);
      const refresh = { grant_type: "refresh_token", ...client };
      const second = await form({ ...refresh, refresh_token: first.refresh_token ?? "" });
      issued(second.access_token, second.refresh_token, second.refresh_token?.split(".")[1]);
      await form({ ...refresh, refresh_token: first.refresh_token ?? "" });
      await form({ ...refresh, refresh_token: second.refresh_token ?? "" });
      await form({ ...refresh, refresh_token: canary() });
      await form({ ...client, grant_type: canary() });
      await form({ ...client, grant_type: "client_credentials", scope: canary() });
      await form({ ...client, grant_type: "client_credentials", client_secret: canary() });
      const basic = (secret: string) => ({ authorization: `Basic ${btoa(`operator:${secret}`)}` });
      await form({ grant_type: "client_credentials" }, basic(canary()));
      await form({ grant_type: "client_credentials", client_secret: canary() }, basic(operator));

      // The RPCs, by those who may and by those who may not.
      const call = async <T>(made: Promise<T>): Promise<T | undefined> => {
        try {
          return await made;
        } catch (reason) {
          const error = ConnectError.from(reason);
          failures.push(error.message, JSON.stringify(error.details), JSON.stringify([...error.metadata]));
          return undefined;
        }
      };
      const rpc = createClient(IdentityService, createGrpcTransport({ baseUrl: service.url }));
      const asked = { headers: { authorization: `Bearer ${token}` } };
      const me = await rpc.whoAmI({}, asked);
      const serviceAccountId = me.serviceAccount?.serviceAccountId ?? "";
      const create = { secret: { serviceAccountId, kind: SecretKind.PASSWORD }, idempotencyKey: newKey() };
      issued((await rpc.createSecret(create, asked)).value);
      await rpc.createSecret(create, asked);
      await call(rpc.createSecret({ ...create, secret: { ...create.secret, displayName: "x" } }, asked));
      await call(rpc.createSecret({ secret: { serviceAccountId: canary() } }, asked));
      await call(rpc.revokeSecret({ secretId: randomUUID() }, asked));
      await call(rpc.revokeTokens({ target: { case: "tokenId", value: canary() } }, asked));
      await call(rpc.listSecrets({ serviceAccountId, pageToken: canary() }, asked));
      for (const authorization of [
        `Bearer ${canary()}`,
        `Basic ${canary()}`,
        `${token} ${canary()}`,
        `Bearer ${token?.slice(0, -4)}`,
      ]) {
        await call(rpc.whoAmI({}, { headers: { authorization } }));
      }
      await call(
        rpc.whoAmI({}, { headers: { "x-request-id": `${canary()} ${canary()}`, cookie: canary() } }),
      );

      const db = await stores.open<IdentitySchema>({ url: databaseUrl, migrations });
      const rows = await Promise.all(
        Object.keys(tables).map((table) =>
          db.read((tx) => sql`select * from ${sql.table(table)}`.execute(tx)),
        ),
      );
      const stored = rows
        .flatMap((result) => result.rows as Record<string, unknown>[])
        .map((row) =>
          JSON.stringify(row, (_, value: unknown) =>
            value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value,
          ),
        );
      expect(stored.length).toBeGreaterThan(20);

      // What nobody foresaw: a table is gone, so each path fails in the middle.
      await db.write(async (tx) => void (await sql`drop table audit_log`.execute(tx)));
      await json({ username: "operator", password: operator });
      await json({ username: "operator", password: canary() });
      await form({ grant_type: "client_credentials", ...client });
      await call(rpc.createSecret({ ...create, idempotencyKey: newKey() }, asked));

      expect(lines.filter((line) => line.includes("audit_log")).length).toBeGreaterThanOrEqual(3);
      expect(lines.filter((line) => line.includes("rpc finished")).length).toBeGreaterThanOrEqual(6);
      expect(failures.length).toBeGreaterThan(40);
      for (const [where, texts] of Object.entries({ logs: lines, failures, database: stored })) {
        const told = texts.filter((text) => [...secrets].some((secret) => text.includes(secret)));
        expect(told, where).toEqual([]);
      }
    } finally {
      await service.close();
    }
  });
});
