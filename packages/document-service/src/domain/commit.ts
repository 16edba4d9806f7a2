import { clone, create } from "@bufbuild/protobuf";
import { timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import {
  type Document,
  type DocumentEvent,
  DocumentEventSchema,
  DocumentSchema,
  DocumentState,
} from "@partner/document/v1";
import type { Context } from "./context.ts";
import type { StoredDocument, Unit } from "./store.ts";

/** What changes in a document, and as what it is told. */
export interface Edit {
  readonly change: DocumentEvent["change"];
  /** Changes the copy that it is given. */
  readonly apply: (draft: Document, time: number) => void;
  /** The state to go back to from DELETED. */
  readonly previousState?: DocumentState;
}

/** Changes a document: stores it under a new etag, and the event with it. Returns the document after the change. */
export async function commitEdit(
  unit: Unit,
  context: Context,
  before: StoredDocument,
  edit: Edit,
): Promise<Document> {
  const after = clone(DocumentSchema, before.document);
  // A clock that went back must not let a document be changed before it was created.
  const last = after.updateTime;
  const time = Math.max(context.clock.now(), last === undefined ? 0 : timestampMs(last));
  edit.apply(after, time);
  return await store(unit, context, after, time, before.document, edit);
}

/** Stores a new document, and the event of its creation. */
export async function commitCreation(unit: Unit, context: Context, document: Document): Promise<Document> {
  const time = context.clock.now();
  const after = clone(DocumentSchema, document);
  after.createTime = timestampFromMs(time);
  after.creator = context.actor;
  const edit = { change: { case: "created" as const, value: {} } } as Pick<Edit, "change">;
  await unit.use({ documents: 1 });
  return await store(unit, context, after, time, undefined, edit);
}

async function store(
  unit: Unit,
  context: Context,
  after: Document,
  time: number,
  before: Document | undefined,
  edit: Pick<Edit, "change" | "previousState">,
): Promise<Document> {
  const sequence = await unit.nextSequence();
  // The sequence is never used twice, so no state of a document has the etag of another, whatever happened between.
  after.etag = sequence.toString(36);
  after.updater = context.actor;
  after.updateTime = timestampFromMs(time);
  await unit.saveDocument({
    document: after,
    previousState: edit.previousState ?? DocumentState.UNSPECIFIED,
  });
  await appendEvent(unit, context, {
    documentId: after.documentId,
    before,
    after,
    change: edit.change,
    sequence,
    time,
  });
  return after;
}

/** What an event tells. */
interface Told {
  readonly documentId: string;
  readonly before: Document | undefined;
  readonly after: Document | undefined;
  readonly change: DocumentEvent["change"];
  readonly sequence: number;
  readonly time: number;
}

/** Writes the event of a change, and wakes watchers. */
export async function appendEvent(unit: Unit, context: Context, told: Told): Promise<void> {
  const event = create(DocumentEventSchema, {
    eventId: context.newId(),
    partnerId: context.partnerId,
    sequence: BigInt(told.sequence),
    occurTime: timestampFromMs(told.time),
    actor: context.actor,
    documentId: told.documentId,
    change: told.change,
    ...(told.after === undefined ? {} : { document: told.after }),
  });
  await unit.appendChange({ event, before: told.before, origin: context.origin }, told.time);
  unit.stir();
}
