import { randomUUID } from "node:crypto";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { checkDocuments } from "../check/documents.ts";
import { inspect } from "../check/rows.ts";
import { type Connection, connect, outcomeOf } from "../harness/clients.ts";
import { documentEnv, type Member, signIn, startIssuer } from "../harness/people.ts";
import { expect, type Scenario } from "../harness/scenario.ts";
import { ServiceProcess } from "../harness/service-process.ts";
import type { StoreKind } from "../harness/stores.ts";
import { until } from "../harness/until.ts";
import { gapIn, watchByCursor } from "../work/watcher.ts";

const hour = 3_600_000;
/** In hours against the true time. */
const jumps = [1, -1, 0];

/** Sets the clock of both services an hour ahead, then two back, then right, while they are used. */
export function clockJumps(store: StoreKind): Scenario {
  return {
    name: "clock jumps",
    store,
    async run({ stores, defer }) {
      const issuer = await startIssuer(await stores.url(store), { IDENTITY_ACCESS_TOKEN_SECONDS: "600" });
      defer(() => issuer.close());
      const member = await issuer.join();
      const url = await stores.url(store);
      const service = await new ServiceProcess({ name: "document", env: documentEnv(issuer, url) }).start();
      defer(() => service.kill());
      let connection = connect(service.url, member.token);
      defer(() => connection.close());

      const idempotencyKey = randomUUID();
      const createOnce = async (): Promise<string> =>
        (await connection.documents.createDocument({ document: { title: "once" }, idempotencyKey })).document
          ?.documentId ?? "";
      const once = await createOnce();
      const ids = [once];
      const { watchCursor } = await connection.documents.listDocuments({});
      const watcher = watchByCursor(() => connection, watchCursor);
      const first = await addAndTouch(connection, once);
      ids.push(first);
      const page = await connection.documents.listDocuments({ pageSize: 1 });
      const locked = await lockOut(issuer.url, issuer.join);
      const outcomes: string[] = [];

      for (const jump of jumps) {
        await Promise.all([issuer.process.shiftClock(jump * hour), service.shiftClock(jump * hour)]);
        outcomes.push(
          `${jump > 0 ? "+" : ""}${jump} h: ${await outcomeOf(connection.documents.getDocument({ documentId: once }))}`,
        );
        const token = await signIn(issuer.url, member.username, member.password);
        expect(token !== undefined, `tokens are issued at ${jump} h`);
        connection.close();
        connection = connect(service.url, token);
        expect((await createOnce()) === once, `an idempotency key is remembered at ${jump} h`);
        ids.push(await addAndTouch(connection, once));
        const next = await outcomeOf(
          connection.documents.listDocuments({ pageSize: 1, pageToken: page.nextPageToken }),
        );
        expect(next === "ok", `a page token is good at ${jump} h`, next);
        const status = await trySignIn(issuer.url, locked);
        expect(status === (jump > 0 ? 200 : 429), `a lock-out ends by the clock: ${jump} h`, status);
      }
      expect(
        ids.every((id, index) => index === 0 || id > (ids[index - 1] as string)),
        "ids sort by creation whatever the clock",
        ids,
      );
      const { document } = await connection.documents.getDocument({ documentId: once });
      const { createTime, updateTime } = document ?? {};
      const inOrder =
        createTime !== undefined &&
        updateTime !== undefined &&
        timestampMs(createTime) <= timestampMs(updateTime);
      expect(inOrder, "no document changes before it is made");
      const db = await inspect(url);
      defer(() => db.close());
      const report = await checkDocuments(db);
      expect(report.problems.length === 0, "nothing is written by half", report.problems.slice(0, 5));
      const changes = report.events.size;
      await until(
        "the watcher catches up",
        20_000,
        () => watcher.sequences.length >= changes - 1 || undefined,
      );
      await watcher.stop();
      const gap = gapIn(watcher.sequences, 2, changes);
      expect(gap === undefined, "a watcher sees each change once", gap);
      return {
        "jumps (h against the true time)": jumps.join(", "),
        "a token of 600 s, issued before each jump": outcomes.join("; "),
        "changes that a watcher saw once": watcher.sequences.length,
        "ids in order": ids.length,
      };
    },
  };
}

/** Makes a document, and changes another. */
async function addAndTouch({ documents }: Connection, other: string): Promise<string> {
  const { document } = await documents.createDocument({
    document: { title: "next" },
    idempotencyKey: randomUUID(),
  });
  const changed = { documentId: other, title: `as of ${document?.documentId}` };
  await documents.updateDocument({ document: changed, updateMask: { paths: ["title"] } });
  return document?.documentId ?? "";
}

/** An account that was locked by wrong passwords. */
async function lockOut(url: string, join: () => Promise<Member>): Promise<Member> {
  const member = await join();
  for (let attempt = 0; attempt < 5; attempt++) {
    await trySignIn(url, { ...member, password: "not the password" });
  }
  const status = await trySignIn(url, member);
  expect(status === 429, "an account is locked after five wrong passwords", status);
  return member;
}

async function trySignIn(
  url: string,
  { username, password }: Pick<Member, "username" | "password">,
): Promise<number> {
  const response = await fetch(`${url}/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password }),
  });
  await response.body?.cancel();
  return response.status;
}
