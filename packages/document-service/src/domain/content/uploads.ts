import { clone, create } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { CreateUploadRequest } from "@partner/document/service/v1";
import { type Upload, UploadSchema, UploadState } from "@partner/document/v1";
import type { Context } from "../context.ts";
import { frozenState } from "../documents/update.ts";
import { fingerprint } from "../fingerprint.ts";
import { once } from "../idempotency.ts";
import { periods, sizes } from "../limits.ts";
import { done, failed, notFound, type Outcome, wrongState } from "../outcome.ts";
import type { StoredUpload, Unit, View } from "../store.ts";

/** Announces content for a document; a repeat is answered with the upload as it is now. */
export async function createUpload(
  unit: Unit,
  context: Context,
  { upload: wanted, idempotencyKey }: CreateUploadRequest,
): Promise<Outcome<Upload>> {
  const { documentId = "", mediaType = "", fileName = "", comment = "", sizeBytes } = wanted ?? {};
  const first = async (): Promise<Outcome<Upload>> => {
    const now = context.clock.now();
    const document = (await unit.document(documentId))?.document;
    if (document === undefined) {
      return notFound("document", documentId);
    }
    const frozen = frozenState(document);
    if (frozen !== undefined) {
      return wrongState(`the document is ${frozen}: its content cannot be changed`);
    }
    if ((await unit.activeUploads(documentId, now)) >= sizes.uploadsPerDocument) {
      const message = `the document has ${sizes.uploadsPerDocument} active uploads: finish or cancel some`;
      return failed({ kind: "quota", message });
    }
    const full = await overQuota(unit, context, Number(sizeBytes ?? 0n));
    if (full !== undefined) {
      return full;
    }
    const upload = create(UploadSchema, {
      uploadId: context.newId(),
      documentId,
      mediaType,
      fileName,
      comment,
      state: UploadState.ACTIVE,
      createTime: timestampFromMs(now),
      expireTime: timestampFromMs(now + periods.upload),
      ...(sizeBytes === undefined ? {} : { sizeBytes }),
    });
    await unit.saveUpload({ upload, epoch: 0, endTime: undefined });
    return done(upload);
  };
  return await once<Upload>(unit, context, {
    operation: "CreateUpload",
    key: idempotencyKey,
    fingerprint: await fingerprint([documentId, mediaType, fileName, comment, sizeBytes?.toString() ?? null]),
    first: async () => {
      const outcome = await first();
      return outcome.ok ? done({ value: outcome.value, resourceId: outcome.value.uploadId }) : outcome;
    },
    again: async (id) => {
      const stored = await unit.upload(id);
      return stored && asOf(stored, context.clock.now());
    },
  });
}

/** The failure when this many further bytes do not fit in what the partner may keep. */
export async function overQuota(unit: Unit, { quota }: Context, bytes: number) {
  const { contentBytes } = await unit.usage();
  return contentBytes + bytes > quota.contentBytes
    ? failed({
        kind: "quota",
        message: `the partner keeps ${contentBytes} of ${quota.contentBytes} bytes of content, and ${bytes} more do not fit`,
      })
    : undefined;
}

/** Reads how far an upload is. */
export async function getUpload(view: View, uploadId: string, now: number): Promise<Outcome<Upload>> {
  const stored = await view.upload(uploadId);
  return stored === undefined || isForgotten(stored, now)
    ? notFound("upload", uploadId)
    : done(asOf(stored, now));
}

/** Gives up an upload and drops its bytes. */
export async function cancelUpload(unit: Unit, context: Context, uploadId: string): Promise<Outcome<Upload>> {
  const now = context.clock.now();
  const stored = await unit.upload(uploadId);
  if (stored === undefined || isForgotten(stored, now)) {
    return notFound("upload", uploadId);
  }
  const upload = asOf(stored, now);
  if (upload.state === UploadState.COMMITTED) {
    return wrongState("the upload is committed: its content is a revision now, and cannot be taken back");
  }
  if (upload.state !== UploadState.ACTIVE) {
    return done(upload);
  }
  return done(await endUpload(unit, stored, UploadState.CANCELLED, now));
}

/** Ends an upload that will not become a revision, and drops its bytes. A stream that still sends for it is woken. */
export async function endUpload(
  unit: Unit,
  stored: StoredUpload,
  state: UploadState.CANCELLED | UploadState.EXPIRED,
  now: number,
): Promise<Upload> {
  await unit.use({ contentBytes: -Number(stored.upload.receivedBytes) });
  await unit.dropContent(stored.upload.uploadId);
  const upload = clone(UploadSchema, stored.upload);
  upload.state = state;
  upload.receivedBytes = 0n;
  await unit.saveUpload({ upload, epoch: stored.epoch + 1, endTime: now });
  unit.stir();
  return upload;
}

/** The upload as it is at this time: past its time it is expired, although nobody has dropped its bytes yet. */
export function asOf({ upload }: StoredUpload, now: number): Upload {
  const { expireTime } = upload;
  if (upload.state !== UploadState.ACTIVE || expireTime === undefined || timestampMs(expireTime) > now) {
    return upload;
  }
  const expired = clone(UploadSchema, upload);
  expired.state = UploadState.EXPIRED;
  expired.receivedBytes = 0n;
  return expired;
}

function isForgotten({ endTime }: StoredUpload, now: number): boolean {
  return endTime !== undefined && now - endTime >= periods.upload;
}
