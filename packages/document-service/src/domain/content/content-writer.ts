import { clone, create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { UploadFinish } from "@partner/document/service/v1";
import {
  type Chunk,
  DigestAlgorithm,
  DigestSchema,
  type Revision,
  type Upload,
  UploadSchema,
  UploadState,
} from "@partner/document/v1";
import type { Context, Hasher } from "../context.ts";
import { staleEtag } from "../documents/etag.ts";
import { addHeadRevision } from "../documents/revisions.ts";
import { frozenState } from "../documents/update.ts";
import { periods, sizes } from "../limits.ts";
import { done, type Failure, failed, notFound, type Outcome, wrongState } from "../outcome.ts";
import type { Store, StoredDocument, StoredUpload, Unit } from "../store.ts";
import { asOf, overQuota } from "./uploads.ts";

/** What an upload became. */
export interface Finished {
  readonly upload: Upload;
  readonly revision: Revision | undefined;
}

/**
 * Puts the bytes of one stream into an upload. Pieces are gathered into rows of up to 1 MiB, so that small ones do not cost a
 * transaction each. Only the newest writer of an upload may write: an older one is told `taken-over`.
 */
export class ContentWriter {
  readonly #store: Store;
  readonly #context: Context;
  readonly #epoch: number;
  #upload: Upload;
  /** What arrived and is not stored yet. */
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  /** Digest of the first `#hashed` stored bytes; the rest is read back when it is needed. */
  #hasher: Hasher;
  #hashed = 0;

  private constructor(store: Store, context: Context, stored: StoredUpload) {
    this.#store = store;
    this.#context = context;
    this.#epoch = stored.epoch;
    this.#upload = stored.upload;
    this.#hasher = context.sha256();
  }

  /** Takes the upload over from any other stream. */
  static async open(store: Store, context: Context, uploadId: string): Promise<Outcome<ContentWriter>> {
    return await store.write(context.partnerId, async (unit) => {
      const stored = await unit.upload(uploadId);
      if (stored === undefined) {
        return notFound("upload", uploadId);
      }
      const upload = asOf(stored, context.clock.now());
      if (upload.state !== UploadState.COMMITTED) {
        const refusal = endedRefusal(upload) ?? frozenRefusal(await unit.document(upload.documentId));
        if (refusal !== undefined) {
          return refusal;
        }
      }
      const taken = { upload, epoch: stored.epoch + 1, endTime: stored.endTime };
      await unit.saveUpload(taken);
      unit.stir();
      return done(new ContentWriter(store, context, taken));
    });
  }

  get isCommitted(): boolean {
    return this.#upload.state === UploadState.COMMITTED;
  }

  /** Whether another stream took the upload over, or it was ended. */
  async isSuperseded(): Promise<boolean> {
    const { partnerId } = this.#context;
    const stored = await this.#store.readOne(partnerId, (view) => view.upload(this.#upload.uploadId));
    return stored?.epoch !== this.#epoch;
  }

  /** Stores what is pending, and says what ended this writer: taken over, cancelled, expired. */
  async whySuperseded(): Promise<{ ok: false; failure: Failure }> {
    const kept = await this.flush();
    const allowed = kept.ok ? await this.#write(async () => done(undefined)) : kept;
    return allowed.ok ? takenOver() : allowed;
  }

  /** Takes the next piece; bytes that arrived before are skipped. */
  async add({ offset, data, digest }: Chunk): Promise<Outcome<void>> {
    const start = Number(offset);
    const end = start + data.length;
    const arrived = Number(this.#upload.receivedBytes) + this.#pendingBytes;
    const size = this.isCommitted ? arrived : Number(this.#upload.sizeBytes ?? sizes.content);
    if (start > arrived) {
      const message = `the chunk starts at ${start}, after the ${arrived} bytes that arrived: go on from there`;
      return failed({ kind: "out-of-range", message });
    }
    if (end > size) {
      const message = `the chunk ends at ${end}, but the content has at most ${size} bytes`;
      return failed({ kind: "out-of-range", message });
    }
    if (digest?.algorithm === DigestAlgorithm.SHA256 && !equal(this.#digestOf(data), digest.value)) {
      const message = `the chunk at ${start} does not have its digest: send it again`;
      return failed({ kind: "data-loss", message });
    }
    const fresh = data.subarray(Math.min(arrived - start, data.length));
    if (fresh.length === 0) {
      return done(undefined);
    }
    if (this.#pendingBytes + fresh.length > sizes.storedChunk) {
      const stored = await this.flush();
      if (!stored.ok) {
        return stored;
      }
    }
    this.#pending.push(fresh);
    this.#pendingBytes += fresh.length;
    return done(undefined);
  }

  /** Stores what is pending. */
  async flush(): Promise<Outcome<Upload>> {
    if (this.#pendingBytes === 0) {
      return done(this.#upload);
    }
    const data = concatenate(this.#pending, this.#pendingBytes);
    const position = Number(this.#upload.receivedBytes);
    const outcome = await this.#write(async (unit, upload, now) => {
      if (Number(upload.receivedBytes) > position) {
        // Stored by an attempt whose outcome was left open.
        return done(upload);
      }
      const full = await overQuota(unit, this.#context, data.length);
      if (full !== undefined) {
        return full;
      }
      await unit.use({ contentBytes: data.length });
      await unit.addChunk(upload.uploadId, { position, data });
      upload.receivedBytes = BigInt(position + data.length);
      upload.expireTime = timestampFromMs(now + periods.upload);
      await unit.saveUpload({ upload, epoch: this.#epoch, endTime: undefined });
      return done(upload);
    });
    // Also after a failure: it will not fit later either, and must not be tried again when the stream ends.
    this.#pending = [];
    this.#pendingBytes = 0;
    if (outcome.ok) {
      this.#upload = outcome.value;
      if (this.#hashed === position) {
        this.#hasher.update(data);
        this.#hashed += data.length;
      }
    }
    return outcome;
  }

  /** Checks the whole and makes it the head revision. */
  async finish({ sizeBytes, digest, documentEtag }: UploadFinish): Promise<Outcome<Finished>> {
    const flushed = await this.flush();
    if (!flushed.ok) {
      return flushed;
    }
    const { receivedBytes, sizeBytes: announced = sizeBytes } = this.#upload;
    if (sizeBytes !== receivedBytes || announced !== receivedBytes) {
      const sizes = `${receivedBytes} bytes arrived, ${announced} were announced, and finish says ${sizeBytes}`;
      return wrongState(`the size is not right: ${sizes}`);
    }
    const value = digest?.value ?? new Uint8Array();
    if (this.isCommitted) {
      return await this.#committed(value);
    }
    if (!equal(await this.#digestOfAll(), value)) {
      return await this.#reset();
    }
    return await this.#write<Finished>(async (unit, upload, now) => {
      const stored = (await unit.document(upload.documentId)) as StoredDocument;
      const stale = staleEtag(stored.document, documentEtag);
      if (stale !== undefined) {
        return stale;
      }
      const fields = { ...upload, sizeBytes: receivedBytes, restoredRevisionId: "" };
      const made = { algorithm: DigestAlgorithm.SHA256, value };
      const { revision } = await addHeadRevision(
        unit,
        this.#context,
        stored,
        { ...fields, digest: create(DigestSchema, made) },
        upload.uploadId,
      );
      upload.state = UploadState.COMMITTED;
      upload.revisionId = revision.revisionId;
      delete upload.expireTime;
      await unit.saveUpload({ upload, epoch: this.#epoch, endTime: now });
      return done({ upload, revision });
    });
  }

  /** The answer to a stream that is repeated after the commit. */
  async #committed(digest: Uint8Array): Promise<Outcome<Finished>> {
    const upload = this.#upload;
    const { partnerId } = this.#context;
    const stored = await this.#store.readOne(partnerId, (view) =>
      view.revision(upload.documentId, upload.revisionId),
    );
    if (stored === undefined) {
      return notFound("revision", upload.revisionId);
    }
    return equal(stored.revision.digest?.value ?? new Uint8Array(), digest)
      ? done({ upload, revision: stored.revision })
      : failed({ kind: "data-loss", message: "the upload is committed, with content of another digest" });
  }

  /** Forgets all bytes of the upload, as there is no telling which of them are wrong. */
  async #reset(): Promise<Outcome<never>> {
    const outcome = await this.#write(async (unit, upload) => {
      await unit.use({ contentBytes: -Number(upload.receivedBytes) });
      await unit.dropContent(upload.uploadId);
      upload.receivedBytes = 0n;
      await unit.saveUpload({ upload, epoch: this.#epoch, endTime: undefined });
      return done(undefined);
    });
    return outcome.ok
      ? failed({
          kind: "data-loss",
          message: "the content does not have its digest: send it again from the start",
        })
      : outcome;
  }

  /** Writes, if this is still the upload's newest writer, and the upload and its document still take content. */
  async #write<T>(
    work: (unit: Unit, upload: Upload, now: number) => Promise<Outcome<T>>,
  ): Promise<Outcome<T>> {
    const { partnerId, clock } = this.#context;
    return await this.#store.write(partnerId, async (unit) => {
      const now = clock.now();
      const stored = await unit.upload(this.#upload.uploadId);
      const ended = stored === undefined ? undefined : endedRefusal(asOf(stored, now));
      if (stored === undefined || ended !== undefined) {
        return ended ?? notFound("upload", this.#upload.uploadId);
      }
      if (stored.epoch !== this.#epoch) {
        return takenOver();
      }
      const frozen = frozenRefusal(await unit.document(stored.upload.documentId));
      return frozen ?? (await work(unit, clone(UploadSchema, stored.upload), now));
    });
  }

  async #digestOfAll(): Promise<Uint8Array> {
    const { partnerId } = this.#context;
    const { uploadId, receivedBytes } = this.#upload;
    while (this.#hashed < Number(receivedBytes)) {
      const chunk = await this.#store.readOne(partnerId, (view) => view.chunkAt(uploadId, this.#hashed));
      if (chunk === undefined) {
        // Dropped meanwhile: the write that follows says why.
        break;
      }
      const fresh = chunk.data.subarray(this.#hashed - chunk.position);
      this.#hasher.update(fresh);
      this.#hashed += fresh.length;
    }
    const digest = this.#hasher.digest();
    this.#hasher = this.#context.sha256();
    this.#hashed = 0;
    return digest;
  }

  #digestOf(data: Uint8Array): Uint8Array {
    const hasher = this.#context.sha256();
    hasher.update(data);
    return hasher.digest();
  }
}

/** The failure of a stream whose upload another one sends for now. */
function takenOver() {
  return failed({ kind: "taken-over", message: "another stream took over the upload; what arrived is kept" });
}

function endedRefusal({ state }: Upload) {
  switch (state) {
    case UploadState.ACTIVE:
      return undefined;
    case UploadState.COMMITTED:
      return takenOver();
    default:
      return wrongState(
        `the upload is ${state === UploadState.CANCELLED ? "cancelled" : "expired"}: create another`,
      );
  }
}

function frozenRefusal(stored: StoredDocument | undefined) {
  const frozen = stored === undefined ? "deleted" : frozenState(stored.document);
  return frozen && wrongState(`the document is ${frozen}: its content cannot be changed`);
}

function concatenate(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) {
    return only;
  }
  const whole = new Uint8Array(length);
  let position = 0;
  for (const piece of pieces) {
    whole.set(piece, position);
    position += piece.length;
  }
  return whole;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
