const second = 1000;
const hour = 3600 * second;
const day = 24 * hour;

/** Lengths of time that the contract promises, in milliseconds. */
export const periods = {
  /** A deleted document is purged after this. */
  undelete: 30 * day,
  /** An upload expires this long after its last bytes, and can be read this long after its end. */
  upload: day,
  /** A page token is good for this long. */
  pageToken: day,
  /** A repeat under the same idempotency key is recognised for this long. */
  idempotencyKey: day,
  /** A cursor is good for this long. */
  cursor: 7 * day,
  /** Changes are kept longer than any cursor is good for, so that clocks of replicas may differ. */
  changes: 8 * day,
  /** Results of mutations on the stream of SyncDocuments are remembered for this long. */
  syncResult: 30 * day,
  /** The longest silence of a stream, unless the request says otherwise. */
  heartbeat: 15 * second,
  /** A receiver that takes longer for one message has fallen too far behind. */
  stall: 60 * second,
} as const;

/** Sizes that the contract promises. */
export const sizes = {
  /** The most bytes of one content: 1 GiB. */
  content: 1024 ** 3,
  /** The most bytes of one stored piece of content: 1 MiB. */
  storedChunk: 1024 ** 2,
  /** Bytes of one chunk on the way down: 256 KiB. */
  sentChunk: 256 * 1024,
  /** The most active uploads of one document. */
  uploadsPerDocument: 20,
  /** Items of a page unless the request says otherwise, and at most. */
  page: 50,
  pageMax: 200,
  /** Changes read at once for a watcher: what one watcher holds in memory. */
  changesPerRead: 100,
} as const;

/** How much one partner may keep. */
export interface Quota {
  /** Documents that are not purged. */
  readonly documents: number;
  /** Bytes of content: of revisions, each counted once however often it is restored, and of uploads under way. */
  readonly contentBytes: number;
}
