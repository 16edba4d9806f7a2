/**
 * The tables. Messages are kept whole, as the bytes of the wire (`body`, `event`, `result`), so that a field added to the
 * proto needs no migration; the columns beside them are what queries look at, and follow from the message on each write.
 * Text that a client chose is bytes, as PostgreSQL's text cannot hold the character U+0000. Times are milliseconds since 1970.
 */
export interface Schema {
  partner: PartnerTable;
  document: DocumentTable;
  document_label: LabelTable;
  revision: RevisionTable;
  upload: UploadTable;
  content_chunk: ChunkTable;
  document_change: ChangeTable;
  idempotency_key: IdempotencyTable;
  sync_client: SyncClientTable;
  sync_result: SyncResultTable;
}

/** One row a partner, written by each of its transactions. */
export interface PartnerTable {
  partner_id: string;
  /** Of the newest change. */
  sequence: number;
  /** The sequence of the newest change that was dropped. */
  forgotten: number;
  /** Grows whenever somebody who waits should look. */
  pulse: number;
  documents: number;
  content_bytes: number;
}

export interface DocumentTable {
  partner_id: string;
  document_id: string;
  body: Uint8Array;
  state: number;
  previous_state: number;
  title: Uint8Array;
  /** The title with upper and lower case alike. */
  title_folded: Uint8Array;
  creator_account_id: string | null;
  create_time: number;
  update_time: number;
  purge_time: number | null;
}

export interface LabelTable {
  partner_id: string;
  document_id: string;
  label_key: string;
  label_value: Uint8Array;
}

export interface RevisionTable {
  partner_id: string;
  document_id: string;
  revision_id: string;
  number: number;
  content_id: string;
  body: Uint8Array;
}

export interface UploadTable {
  partner_id: string;
  upload_id: string;
  document_id: string;
  body: Uint8Array;
  state: number;
  epoch: number;
  expire_time: number;
  end_time: number | null;
}

export interface ChunkTable {
  partner_id: string;
  content_id: string;
  position: number;
  data: Uint8Array;
}

/** The changes, and the outbox: `event` is the payload of the event stream. */
export interface ChangeTable {
  partner_id: string;
  sequence: number;
  occur_time: number;
  event: Uint8Array;
  /** The document before the change, for filters: a watcher sees documents leave. */
  document_before: Uint8Array | null;
  client_id: string | null;
  mutation_id: string | null;
}

export interface IdempotencyTable {
  partner_id: string;
  operation: string;
  idempotency_key: string;
  fingerprint: string;
  resource_id: string;
  create_time: number;
}

export interface SyncClientTable {
  partner_id: string;
  client_id: string;
  epoch: number;
  claim_time: number;
}

export interface SyncResultTable {
  partner_id: string;
  client_id: string;
  mutation_id: string;
  result: Uint8Array;
  create_time: number;
}
