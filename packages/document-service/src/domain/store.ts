import type { DocumentFilter, DocumentOrder, SyncResult } from "@partner/document/service/v1";
import type { Document, DocumentEvent, DocumentState, Revision, Upload } from "@partner/document/v1";

/**
 * Where documents are kept. Every view and every unit of work is of one partner: what belongs to another cannot be reached
 * through it.
 */
export interface Store {
  /** Reads as of one moment. */
  read<T>(partnerId: string, work: (view: View) => Promise<T>): Promise<T>;
  /** Reads one thing, which needs no moment that it shares with others: costs a third of `read`. */
  readOne<T>(partnerId: string, work: (view: View) => Promise<T>): Promise<T>;
  /**
   * Reads and writes, all or nothing. The writes of one partner happen one after the other, also across replicas. `work`
   * may be called again after a conflict, so it must have no effect but through the unit.
   */
  write<T>(partnerId: string, work: (unit: Unit) => Promise<T>): Promise<T>;
  /** The pulses of these partners: a number that grows with each `stir`. */
  pulses(partnerIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Calls `listener` soon after a unit of the partner stirred; may miss it, and then `pulses` tells. Returns how to stop. */
  onStir(partnerId: string, listener: () => void): () => void;
  /** Ids of partners, in their order, that come after this one. */
  partners(after: string, limit: number): Promise<string[]>;
}

/** What can be read of one partner. */
export interface View {
  log(): Promise<LogState>;
  document(documentId: string): Promise<StoredDocument | undefined>;
  /** Those that exist, in any order. */
  documents(documentIds: readonly string[]): Promise<StoredDocument[]>;
  list(query: ListQuery): Promise<Document[]>;
  revision(documentId: string, revisionId: string): Promise<StoredRevision | undefined>;
  /** Newest first, those with a number below `below`. */
  revisions(documentId: string, below: number, limit: number): Promise<StoredRevision[]>;
  upload(uploadId: string): Promise<StoredUpload | undefined>;
  /** Uploads of a document that are active and not past their time. */
  activeUploads(documentId: string, now: number): Promise<number>;
  /** The stored piece that holds the byte at `position`, or undefined past the end. */
  chunkAt(contentId: string, position: number): Promise<StoredChunk | undefined>;
  /** Changes after this sequence, in their order. */
  changes(after: number, limit: number): Promise<Change[]>;
  idempotencyKey(operation: string, key: string): Promise<IdempotencyRecord | undefined>;
  syncResult(clientId: string, mutationId: string): Promise<SyncResult | undefined>;
  /** How often the client was claimed. */
  syncClientEpoch(clientId: string): Promise<number>;
}

/** What can be written of one partner in one transaction. */
export interface Unit extends View {
  usage(): Promise<Usage>;
  /** Adds to what the partner uses; negative to give back. */
  use(delta: Partial<Usage>): Promise<void>;
  /** Wakes those that wait for news of the partner, once this is committed. */
  stir(): void;
  nextSequence(): Promise<number>;
  saveDocument(stored: StoredDocument): Promise<void>;
  /** Removes a document with its revisions and their content, its uploads' bytes and its labels. Returns bytes freed. */
  removeDocument(documentId: string, now: number): Promise<number>;
  addRevision(stored: StoredRevision): Promise<void>;
  saveUpload(stored: StoredUpload): Promise<void>;
  addChunk(contentId: string, chunk: StoredChunk): Promise<void>;
  dropContent(contentId: string): Promise<void>;
  appendChange(change: Change, occurTime: number): Promise<void>;
  rememberIdempotencyKey(operation: string, key: string, record: IdempotencyRecord): Promise<void>;
  rememberSyncResult(clientId: string, result: SyncResult, now: number): Promise<void>;
  /** Counts one more stream of the client, and returns the count. */
  claimSyncClient(clientId: string, now: number): Promise<number>;
  /** Deleted documents whose purge time has come. */
  duePurges(now: number, limit: number): Promise<StoredDocument[]>;
  /** Uploads that are active although their time is over. */
  dueUploads(now: number, limit: number): Promise<StoredUpload[]>;
  /** Drops records that nobody can ask for any more. */
  forget(before: ForgetBefore): Promise<void>;
}

/** Moments, in milliseconds since 1970, before which records are dropped. */
export interface ForgetBefore {
  readonly changes: number;
  readonly endedUploads: number;
  readonly idempotencyKeys: number;
  readonly syncResults: number;
}

/** How far a partner's changes go. */
export interface LogState {
  /** The sequence of the newest change, 0 if there was none. */
  readonly sequence: number;
  /** The sequence of the newest change that was dropped. */
  readonly forgotten: number;
}

/** A document, and what of it is not for the wire. */
export interface StoredDocument {
  readonly document: Document;
  /** The state before the deletion; meaningful in DELETED only. */
  readonly previousState: DocumentState;
}

/** A revision, and where its content is. A restored revision has the content of the one that it restored. */
export interface StoredRevision {
  readonly revision: Revision;
  readonly contentId: string;
}

/** An upload, and what of it is not for the wire. Its id is also that of its content. */
export interface StoredUpload {
  readonly upload: Upload;
  /** How many streams were opened for it. Only the newest may add bytes. */
  readonly epoch: number;
  /** When it was committed, cancelled or found expired, in milliseconds since 1970. */
  readonly endTime: number | undefined;
}

/** A piece of content. */
export interface StoredChunk {
  readonly position: number;
  readonly data: Uint8Array;
}

/** A change of a document: its event, the document before it, and the mutation that made it. */
export interface Change {
  readonly event: DocumentEvent;
  readonly before: Document | undefined;
  readonly origin: Origin | undefined;
}

/** The mutation of SyncDocuments that made a change. */
export interface Origin {
  readonly clientId: string;
  readonly mutationId: string;
}

/** What was done under an idempotency key. */
export interface IdempotencyRecord {
  readonly fingerprint: string;
  readonly resourceId: string;
  readonly createTime: number;
}

/** What a partner uses of its quota. */
export interface Usage {
  readonly documents: number;
  readonly contentBytes: number;
}

/** Which page of which documents. */
export interface ListQuery {
  readonly filter: DocumentFilter | undefined;
  readonly order: DocumentOrder;
  /** The last document of the page before. */
  readonly after: ListKey | undefined;
  readonly limit: number;
}

/** Where a document is in an order: by `value` (a time in milliseconds, or the title), then by id. */
export interface ListKey {
  readonly value: number | string;
  readonly documentId: string;
}
