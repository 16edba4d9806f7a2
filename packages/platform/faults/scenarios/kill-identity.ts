import { randomUUID } from "node:crypto";
import { SecretKind } from "@partner/identity/v1";
import { checkIdentity } from "../check/identity.ts";
import { inspect } from "../check/rows.ts";
import { type Connection, codeOf, connect } from "../harness/clients.ts";
import { claimsOf, type Member, signIn, startIssuer } from "../harness/people.ts";
import type { Random } from "../harness/random.ts";
import { expect, type Scenario } from "../harness/scenario.ts";
import type { StoreKind } from "../harness/stores.ts";
import { until } from "../harness/until.ts";

const workers = 8;

/** What the service acknowledged. */
class Acknowledged {
  readonly accounts = new Set<string>();
  readonly secrets = new Set<string>();
  readonly tokens = new Set<string>();
  readonly revoked = new Set<string>();
  failures = 0;

  get writes(): number {
    return this.accounts.size + this.secrets.size + this.tokens.size + this.revoked.size;
  }
}

/** Kills the identity service, and PostgreSQL, with SIGKILL while it makes accounts, secrets and tokens. */
export function killIdentity(store: StoreKind): Scenario {
  return {
    name: "identity: kill -9 in the middle of writes",
    store,
    async run({ stores, random, quick, defer, note }) {
      const kills = quick ? 2 : 5;
      const writes = quick ? 40 : 120;
      const cluster = store === "postgres" ? await stores.cluster() : undefined;
      const url =
        cluster === undefined ? await stores.url("sqlite") : await cluster.createDatabase("identity");
      const issuer = await startIssuer(url);
      defer(() => issuer.close());
      const member = await issuer.join(["identity:read", "identity:write"]);
      const connection = connect(issuer.url, issuer.operatorToken);
      defer(() => connection.close());
      const done = new Acknowledged();
      let stopped = false;
      const work = Promise.all(
        Array.from({ length: workers }, () =>
          makeThings(connection, issuer.url, member, random.fork(), done, () => stopped),
        ),
      );
      work.catch(() => undefined);
      let killed = 0;
      try {
        for (; killed < kills || done.writes < writes; killed++) {
          const goal = done.writes + random.integer(4, Math.ceil((1.5 * writes) / kills));
          await Promise.race([
            work,
            until("writes go on", 60_000, () => done.writes >= goal || undefined, random.integer(1, 9)),
          ]);
          if (cluster !== undefined && killed % 2 === 0) {
            await cluster.kill("SIGKILL");
            await cluster.start();
          } else {
            await issuer.process.kill("SIGKILL");
            await issuer.process.start();
          }
          note(`${killed + 1} kills, ${done.writes} writes acknowledged`);
        }
      } finally {
        stopped = true;
      }
      await work;
      await issuer.process.kill("SIGKILL");
      const db = await inspect(url);
      defer(() => db.close());
      const report = await checkIdentity(db);
      for (const what of ["accounts", "secrets", "tokens", "revoked"] as const) {
        const lost = [...done[what]].filter((id) => !report[what].has(id));
        expect(lost.length === 0, `no acknowledged write is lost: ${what}`, lost.slice(0, 5));
      }
      expect(report.problems.length === 0, "nothing is written by half", report.problems.slice(0, 5));
      return {
        "acknowledged writes": done.writes,
        ...{ accounts: done.accounts.size, secrets: done.secrets.size, tokens: done.tokens.size },
        "revoked tokens": done.revoked.size,
        kills: killed,
        "calls that failed": done.failures,
        lost: 0,
        "half-written": 0,
      };
    },
  };
}

async function makeThings(
  { identity }: Connection,
  url: string,
  member: Member,
  random: Random,
  done: Acknowledged,
  stopped: () => boolean,
): Promise<void> {
  const answered = async <T>(call: () => Promise<T | undefined>): Promise<T | undefined> =>
    await until<{ value: T | undefined }>(
      "an answer",
      60_000,
      async () => {
        const value = await call().catch((error: unknown) => {
          const code = codeOf(error);
          expect(
            ["Unavailable", "Internal", "Canceled", "Aborted", "Unknown"].includes(code),
            "a fault is Unavailable",
            String(error),
          );
          return undefined;
        });
        done.failures += value === undefined ? 1 : 0;
        return value !== undefined || stopped() ? { value } : undefined;
      },
      100,
    ).then(({ value }) => value);

  while (!stopped()) {
    const key = randomUUID();
    const username = `w-${key}`;
    const account = await answered(() =>
      identity.createServiceAccount({
        serviceAccount: { partnerId: member.partnerId, username, scopes: ["identity:read"] },
        idempotencyKey: key,
      }),
    );
    const serviceAccountId = account?.serviceAccount?.serviceAccountId;
    if (serviceAccountId === undefined) {
      return;
    }
    done.accounts.add(serviceAccountId);
    const made = await answered(() =>
      identity.createSecret({ secret: { serviceAccountId, kind: SecretKind.PASSWORD }, idempotencyKey: key }),
    );
    const { secretId } = made?.secret ?? {};
    if (secretId !== undefined) {
      done.secrets.add(secretId);
    }
    const token = await answered(() => signIn(url, member.username, member.password));
    if (token !== undefined) {
      const { jti, sid } = claimsOf(token);
      done.tokens.add(jti);
      if (random.next() < 0.4) {
        const revoked = await answered(() =>
          identity.revokeTokens({ target: { case: "sessionId", value: sid }, idempotencyKey: key }),
        );
        if (revoked !== undefined) {
          done.revoked.add(sid);
        }
      }
    }
  }
}
