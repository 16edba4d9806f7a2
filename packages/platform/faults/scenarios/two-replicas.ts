import { randomUUID } from "node:crypto";
import { checkDocuments } from "../check/documents.ts";
import { inspect } from "../check/rows.ts";
import { type Connection, codeOf, connect, outcomeOf } from "../harness/clients.ts";
import {
  documentEnv,
  type Issuer,
  identityEnv,
  type Member,
  operator,
  signIn,
  startIssuer,
} from "../harness/people.ts";
import { expect, type FaultContext, type Scenario } from "../harness/scenario.ts";
import { ServiceProcess } from "../harness/service-process.ts";
import { until } from "../harness/until.ts";
import { workOnDocuments } from "../work/document-worker.ts";
import { Ledger } from "../work/ledger.ts";
import { sending, sha256, streamOf } from "../work/uploading.ts";
import { gapIn, watchByCursor } from "../work/watcher.ts";

/** Two replicas of each service on one PostgreSQL, and clients that move from one to the other as they like. */
export const twoReplicas: Scenario = {
  name: "two replicas on one database",
  store: "postgres",
  async run(context) {
    const { stores, random, quick, defer } = context;
    const issuer = await startIssuer(await stores.url("postgres"));
    defer(() => issuer.close());
    const second = await startSecondIdentity(context, issuer);
    const databaseUrl = await stores.url("postgres");
    const env = documentEnv(issuer, databaseUrl, {
      DOCUMENT_IDENTITY_USERNAME: operator.username,
      DOCUMENT_IDENTITY_SECRET: operator.secret,
    });
    const services = await Promise.all(
      [1, 2].map(() => new ServiceProcess({ name: "document", env }).start()),
    );
    defer(() => Promise.all(services.map((service) => service.kill())));
    const member = await issuer.join(["document:read", "document:write", "identity:read"]);
    const connections = services.map(({ url }) => connect(url, member.token));
    defer(() => connections.map((connection) => connection.close()));
    const either = (): Connection => random.pick(connections);

    const { watchCursor } = await either().documents.listDocuments({});
    let cut = new AbortController();
    const watchers = Array.from({ length: 4 }, () => watchByCursor(either, watchCursor, () => cut.signal));
    const ledger = new Ledger();
    let stopped = false;
    const work = Promise.all(
      Array.from({ length: 8 }, () =>
        workOnDocuments({
          member,
          random: random.fork(),
          ledger,
          connection: either,
          stopped: () => stopped,
        }),
      ),
    );
    work.catch(() => undefined);
    const goal = quick ? 100 : 400;
    while (ledger.acknowledged < goal) {
      const next = ledger.acknowledged + 25;
      await Promise.race([work, until("work", 30_000, () => ledger.acknowledged >= next || undefined)]);
      // Watchers move on.
      cut.abort();
      cut = new AbortController();
    }
    stopped = true;
    await work;
    const uploaded = await continueUpload(connections);
    const synced = await syncAcross(connections);
    const db = await inspect(databaseUrl);
    defer(() => db.close());
    const report = await checkDocuments(db);
    expect(report.problems.length === 0, "nothing is written by half", report.problems.slice(0, 5));
    const lost = ledger.missing(report).filter((line) => !/were made$/.test(line));
    expect(lost.length === 0, "no acknowledged write is lost", lost.slice(0, 5));
    const changes = report.events.size;
    let moves = 0;
    for (const watcher of watchers) {
      await until("watchers catch up", 15_000, () => watcher.sequences.length >= changes || undefined);
      await watcher.stop();
      moves += watcher.breaks();
      const gap = gapIn(watcher.sequences, 1, changes);
      expect(gap === undefined, "a watcher that moves sees each change once", gap);
    }
    const failures = [...ledger.failures].map(([code, count]) => `${count} ${code}`).join(", ");
    expect(failures === "", "moving from one replica to the other fails no call", failures);
    const keys = await rotateOnBoth(issuer, second);
    const revokedMs = await revokeOnBoth(issuer, second, services, member);
    return {
      "acknowledged writes": ledger.acknowledged,
      "changes that each of 4 watchers saw once": changes,
      "moves of watchers": moves,
      ...uploaded,
      ...synced,
      ...keys,
      "a revocation is seen by all four after (ms, at most)": Math.round(revokedMs),
    };
  },
};

async function startSecondIdentity({ defer }: FaultContext, issuer: Issuer): Promise<ServiceProcess> {
  // A replica has the issuer of the first, as behind one name.
  const env = identityEnv(issuer.databaseUrl, { IDENTITY_ISSUER: issuer.url });
  const replica = await new ServiceProcess({ name: "identity", env }).start();
  defer(() => replica.kill());
  return replica;
}

/** An upload that begins on one replica and ends on the other; the stream on the first learns that it was taken over. */
async function continueUpload([one, two]: readonly Connection[]): Promise<Record<string, string | number>> {
  if (one === undefined || two === undefined) {
    throw new TypeError("two replicas are needed");
  }
  const { document } = await one.documents.createDocument({
    document: { title: "moved" },
    idempotencyKey: randomUUID(),
  });
  const { upload } = await one.documents.createUpload({
    upload: { documentId: document?.documentId ?? "", mediaType: "text/plain" },
    idempotencyKey: randomUUID(),
  });
  const uploadId = upload?.uploadId ?? "";
  const content = new Uint8Array(2_000_000).fill(7);
  const release = Promise.withResolvers<void>();
  const first = one.documents.uploadContent(
    (async function* () {
      yield* sending(uploadId, content, 0, 1_500_000, 65_536);
      await release.promise;
    })(),
  );
  const ended = first.then(() => "ok", codeOf);
  const received = await until("bytes arrive", 15_000, async () => {
    const now = await two.documents.getUpload({ uploadId });
    return Number(now.upload?.receivedBytes ?? 0n) || undefined;
  });
  const begin = performance.now();
  const answer = await two.documents.uploadContent(
    streamOf(sending(uploadId, content, received, content.length, 65_536)),
  );
  const code = await ended;
  const took = performance.now() - begin;
  release.resolve();
  expect(code === "Aborted", "the stream whose upload another took over ends with ABORTED", code);
  const digest = Buffer.from(answer.revision?.digest?.value ?? []);
  expect(digest.equals(sha256(content)), "an upload goes on at the other replica");
  return {
    "an upload went on at the other replica from byte": received,
    "its first stream ended with Aborted within (ms)": Math.round(took),
  };
}

/** A sync client that moves: results are remembered, and its old stream ends. */
async function syncAcross([one, two]: readonly Connection[]): Promise<Record<string, string | number>> {
  if (one === undefined || two === undefined) {
    throw new TypeError("two replicas are needed");
  }
  const clientId = randomUUID();
  const mutations = Array.from({ length: 20 }, (_, index) => ({
    mutationId: randomUUID(),
    operation: { case: "create" as const, value: { document: { title: `offline ${index}` } } },
  }));
  const sync = async (
    connection: Connection,
    finished: Promise<void>,
  ): Promise<{ ids: Map<string, string>; code: string }> => {
    const ids = new Map<string, string>();
    const requests = async function* () {
      yield { message: { case: "start" as const, value: { clientId } } };
      for (const mutation of mutations) {
        yield { message: { case: "mutation" as const, value: mutation } };
      }
      await finished;
    };
    try {
      for await (const { message } of connection.documents.syncDocuments(requests())) {
        if (message.case === "result" && message.value.outcome.case === "applied") {
          ids.set(message.value.mutationId, message.value.outcome.value.documentId);
          if (ids.size === mutations.length) {
            allAnswered();
          }
        }
      }
      return { ids, code: "ok" };
    } catch (error) {
      return { ids, code: codeOf(error) };
    }
  };
  let allAnswered = (): void => undefined;
  const answered = new Promise<void>((resolve) => {
    allAnswered = resolve;
  });
  const never = new Promise<void>(() => undefined);
  const first = sync(one, never);
  await answered;
  const second = await sync(two, Promise.resolve());
  const { ids, code } = await first;
  expect(code === "Aborted", "a second stream of a client ends its first with ABORTED", code);
  const same = mutations.every(({ mutationId }) => ids.get(mutationId) === second.ids.get(mutationId));
  expect(same && second.ids.size === mutations.length, "results are remembered across replicas");
  return { "sync results remembered by the other replica": second.ids.size };
}

/** Asks both replicas at once, with one key, to rotate the signing key. */
async function rotateOnBoth(issuer: Issuer, second: ServiceProcess): Promise<Record<string, number>> {
  const other = connect(second.url, issuer.operatorToken);
  try {
    const before = (await issuer.operator.listSigningKeys({})).signingKeys.length;
    expect(before === 1, "two replicas that start make one signing key", before);
    const request = { idempotencyKey: randomUUID() };
    const answers = await Promise.all([
      issuer.operator.rotateSigningKey(request),
      other.identity.rotateSigningKey(request),
    ]);
    const ids = new Set(answers.map(({ signingKey }) => signingKey?.keyId));
    const after = (await other.identity.listSigningKeys({})).signingKeys.length;
    expect(ids.size === 1 && after === 2, "a rotation asked of two replicas happens once", {
      ids: ids.size,
      after,
    });
    return { "signing keys made by one rotation on both": after - before };
  } finally {
    other.close();
  }
}

/** Revokes a token at one replica, and waits until all refuse it. */
async function revokeOnBoth(
  issuer: Issuer,
  second: ServiceProcess,
  services: readonly ServiceProcess[],
  member: Member,
): Promise<number> {
  const token = (await signIn(second.url, member.username, member.password)) ?? "";
  const connections = [issuer.url, second.url, ...services.map(({ url }) => url)].map((url) =>
    connect(url, token),
  );
  try {
    const asks = connections.map(
      (connection, index) => (): Promise<string> =>
        outcomeOf(
          index < 2 ? connection.identity.whoAmI({}) : connection.documents.listDocuments({ pageSize: 1 }),
        ),
    );
    const accepted = await Promise.all(asks.map((ask) => ask()));
    expect(
      accepted.every((code) => code === "ok"),
      "a token of one replica is good at all",
      accepted,
    );
    await issuer.operator.revokeTokens({
      target: { case: "serviceAccountId", value: member.accountId },
      idempotencyKey: randomUUID(),
    });
    const begin = performance.now();
    await Promise.all(
      asks.map((ask) =>
        until(
          "a revoked token is refused",
          5_000,
          async () => (await ask()) === "Unauthenticated" || undefined,
          5,
        ),
      ),
    );
    const took = performance.now() - begin;
    expect(took < 1_000, "a revocation is seen everywhere within a second", `${Math.round(took)} ms`);
    return took;
  } finally {
    for (const connection of connections) {
      connection.close();
    }
  }
}
