import { create } from "@bufbuild/protobuf";
import {
  type SyncDocumentsRequest,
  type SyncMutation,
  SyncRejectionReason,
  SyncRejectionSchema,
  type SyncResult,
  SyncResultSchema,
} from "@partner/document/service/v1";
import type { Document } from "@partner/document/v1";
import type { Context } from "../context.ts";
import { addDocument } from "../documents/create.ts";
import { deleteDocument, undeleteDocument } from "../documents/transitions.ts";
import { updateDocument } from "../documents/update.ts";
import { done, type Failure, failed, type Outcome } from "../outcome.ts";
import type { Store, Unit } from "../store.ts";

/** A mutation and what became of it. */
export interface Answered {
  readonly kind: "result";
  readonly result: SyncResult;
}

/** Holds a mutation to its rules. */
export type CheckMutation = (mutation: SyncMutation) =>
  | { readonly kind: "valid" }
  /** It breaks a rule, and is rejected. */
  | { readonly kind: "rejected"; readonly message: string }
  /** It cannot be answered by a result: the stream ends. */
  | { readonly kind: "broken"; readonly field: string; readonly rule: string; readonly message: string };

/** Whose mutations to answer. */
export interface MutationStream {
  readonly check: CheckMutation;
  readonly stream: AsyncIterator<SyncDocumentsRequest>;
  readonly clientId: string;
  /** Of the stream; a newer stream of the client has a greater one. */
  readonly epoch: number;
}

/** Carries mutations out, one after the other. Returns the failure that ended it, or undefined at the end of the stream. */
export async function* answerMutations(
  store: Store,
  context: Context,
  { check, stream, clientId, epoch }: MutationStream,
): AsyncGenerator<Answered, Failure | undefined> {
  for (;;) {
    const next = await stream.next();
    if (next.done) {
      return undefined;
    }
    const { message } = next.value;
    if (message.case !== "mutation") {
      const order = "only the first message may be start, and each after it must be a mutation";
      return failed({ kind: "invalid", field: "message", rule: "sync_documents.order", message: order })
        .failure;
    }
    const mutation = message.value;
    const checked = check(mutation);
    if (checked.kind === "broken") {
      return failed({ ...checked, kind: "invalid" }).failure;
    }
    const { mutationId } = mutation;
    const outcome =
      checked.kind === "rejected"
        ? done(rejection(mutationId, SyncRejectionReason.INVALID, checked.message))
        : await store.write(context.partnerId, async (unit) =>
            (await unit.syncClientEpoch(clientId)) === epoch
              ? done(await answer(unit, { ...context, origin: { clientId, mutationId } }, mutation))
              : failed(syncTakenOver()),
          );
    if (!outcome.ok) {
      return outcome.failure;
    }
    yield { kind: "result", result: outcome.value };
  }
}

/** The failure of a stream whose client came back on another one. */
export function syncTakenOver(): Failure {
  return { kind: "taken-over", message: "another stream with the same client_id took over" };
}

/** What became of a mutation: the same answer as before if there was one. */
async function answer(unit: Unit, context: Context, mutation: SyncMutation): Promise<SyncResult> {
  const { mutationId } = mutation;
  const clientId = context.origin?.clientId ?? "";
  const known = await unit.syncResult(clientId, mutationId);
  if (known !== undefined) {
    return known;
  }
  const result = toResult(mutationId, await carryOut(unit, context, mutation));
  await unit.rememberSyncResult(clientId, result, context.clock.now());
  return result;
}

async function carryOut(
  unit: Unit,
  context: Context,
  { operation }: SyncMutation,
): Promise<Outcome<Document>> {
  switch (operation.case) {
    case "create": {
      const { title = "", description = "", labels = {} } = operation.value.document ?? {};
      return await addDocument(unit, context, { title, description, labels });
    }
    case "update":
      return await updateDocument(unit, context, operation.value);
    case "delete":
      return await deleteDocument(unit, context, operation.value);
    case "undelete":
      return await undeleteDocument(unit, context, operation.value);
    case undefined:
      return failed({
        kind: "invalid",
        field: "operation",
        rule: "sync_mutation.operation",
        message: "is not set",
      });
  }
}

function toResult(mutationId: string, outcome: Outcome<Document>): SyncResult {
  if (outcome.ok) {
    return create(SyncResultSchema, { mutationId, outcome: { case: "applied", value: outcome.value } });
  }
  const { failure } = outcome;
  switch (failure.kind) {
    case "stale-etag":
      return create(SyncResultSchema, { mutationId, outcome: { case: "conflict", value: failure.current } });
    case "not-found":
      return rejection(mutationId, SyncRejectionReason.NOT_FOUND, `no such ${failure.what}: ${failure.id}`);
    case "wrong-state":
      return rejection(mutationId, SyncRejectionReason.WRONG_STATE, failure.message);
    case "quota":
      return rejection(mutationId, SyncRejectionReason.QUOTA, failure.message);
    default:
      return rejection(mutationId, SyncRejectionReason.INVALID, "the mutation cannot be carried out");
  }
}

function rejection(mutationId: string, reason: SyncRejectionReason, message: string): SyncResult {
  const value = create(SyncRejectionSchema, { reason, message });
  return create(SyncResultSchema, { mutationId, outcome: { case: "rejected", value } });
}
