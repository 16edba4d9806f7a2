import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkDocuments } from "../check/documents.ts";
import { inspect } from "../check/rows.ts";
import { codeOf, connect } from "../harness/clients.ts";
import { documentEnv, startIssuer } from "../harness/people.ts";
import { expect, type Scenario, Skip } from "../harness/scenario.ts";
import { ServiceProcess } from "../harness/service-process.ts";
import { Ledger } from "../work/ledger.ts";
import { sending, sha256, streamOf } from "../work/uploading.ts";

/** Mounts a small disk that only the service sees, and then is the service. `$1` is where, the rest its command. */
const onSmallDisk = 'mount -t tmpfs -o size=6m tmpfs "$1" && shift && exec "$@"';

/** Fills the disk under the embedded database while it is used, and frees it again. */
export const diskFull: Scenario = {
  name: "disk full",
  store: "sqlite",
  async run({ stores, random, defer }) {
    const folder = await mkdtemp(join(tmpdir(), "wirehouse-faults-disk-"));
    defer(() => rm(folder, { recursive: true, force: true }));
    const through = ["unshare", "--mount", "sh", "-c", onSmallDisk, "sh", folder];
    const [command = "", ...args] = through;
    if (process.getuid?.() !== 0 || spawnSync(command, [...args, "true"]).status !== 0) {
      throw new Skip(
        "tmpfs",
        "mounting a small disk in a mount namespace takes root, and unshare (util-linux)",
      );
    }
    const issuer = await startIssuer(await stores.url("sqlite"));
    defer(() => issuer.close());
    const member = await issuer.join();
    const env = documentEnv(issuer, `sqlite:${folder}/documents.db`);
    const service = await new ServiceProcess({ name: "document", env, through }).start();
    defer(() => service.kill());
    // Its disk, as seen from here.
    const disk = `/proc/${service.pid}/root${folder}`;
    const connection = connect(service.url, member.token);
    defer(() => connection.close());
    const { documents } = connection;
    const ledger = new Ledger();
    const create = async (): Promise<string> => {
      const idempotencyKey = randomUUID();
      const title = `document ${random.integer(0, 1e9)}`;
      const { document } = await documents.createDocument({ document: { title }, idempotencyKey });
      if (document === undefined) {
        throw new TypeError("an answer without a document");
      }
      ledger.document(idempotencyKey, document.documentId);
      ledger.state(member.partnerId, document);
      return document.documentId;
    };
    const upload = async (documentId: string, content: Uint8Array): Promise<void> => {
      const created = await documents.createUpload({
        upload: { documentId, mediaType: "text/plain" },
        idempotencyKey: randomUUID(),
      });
      const uploadId = created.upload?.uploadId ?? "";
      const answer = await documents.uploadContent(
        streamOf(sending(uploadId, content, 0, content.length, 65_536)),
      );
      ledger.revision(answer.revision?.revisionId ?? "", Buffer.from(sha256(content)).toString("hex"));
    };

    const documentId = await create();
    const content = random.bytes(300_000);
    await upload(documentId, content);
    const ballast = join(disk, "ballast");
    const refused = new Map<string, number>();
    const messages = new Set<string>();
    let reads = 0;
    // Until the disk is full: what is left over by the ballast is filled by the service itself.
    await writeFile(ballast, new Uint8Array(2_500_000));
    let failures = 0;
    for (let attempt = 0; failures < 20; attempt++) {
      expect(attempt < 500, "a disk of 6 MB is full at some time");
      try {
        await (attempt % 2 === 0 ? upload(documentId, random.bytes(150_000)) : create());
      } catch (error) {
        failures++;
        refused.set(codeOf(error), (refused.get(codeOf(error)) ?? 0) + 1);
        messages.add((error as Error).message);
        const read = await documents.getDocument({ documentId });
        expect(read.document?.documentId === documentId, "reads go on");
        reads++;
      }
    }
    const other = [...refused.keys()].filter(
      (code) => code !== "Unavailable" && code !== "ResourceExhausted",
    );
    expect(other.length === 0, "writes fail with Unavailable or ResourceExhausted", other);
    expect(
      [...messages].some((message) => /full/.test(message)),
      "the reason is said",
      [...messages],
    );

    await rm(ballast);
    const begin = performance.now();
    await create();
    await upload(documentId, random.bytes(150_000));
    const again = performance.now() - begin;
    // Copied, as SQLite takes a path by its name, and by its name this is a path of ours.
    const copy = await mkdtemp(join(tmpdir(), "wirehouse-faults-copy-"));
    defer(() => rm(copy, { recursive: true, force: true }));
    for (const file of ["documents.db", "documents.db-wal"]) {
      await copyFile(join(disk, file), join(copy, file));
    }
    const db = await inspect(`sqlite:${copy}/documents.db`);
    let report: Awaited<ReturnType<typeof checkDocuments>>;
    try {
      report = await checkDocuments(db);
    } finally {
      await db.close();
    }
    const lost = ledger.missing(report).filter((line) => !/were made$/.test(line));
    expect(lost.length === 0, "no acknowledged write is lost", lost.slice(0, 5));
    expect(report.problems.length === 0, "nothing is written by half", report.problems.slice(0, 5));
    return {
      "acknowledged writes": ledger.acknowledged,
      "writes refused": [...refused].map(([code, count]) => `${count} ${code}`).join(", "),
      "reads meanwhile, all answered": reads,
      "writes go on after space is there (ms)": Math.round(again),
      lost: 0,
      "half-written": 0,
    };
  },
};
