import type { Context } from "./context.ts";
import { periods } from "./limits.ts";
import { done, failed, type Outcome } from "./outcome.ts";
import type { Unit } from "./store.ts";

/** Something to do at most once under its key. */
interface Once<T> {
  readonly operation: string;
  readonly key: string;
  /** Of the fields that a repeat must have too. */
  readonly fingerprint: string;
  /** Does it, and says what was made. Only a success uses the key up. */
  readonly first: () => Promise<Outcome<{ value: T; resourceId: string }>>;
  /** The answer to a repeat, from what was made as it is now. */
  readonly again: (resourceId: string) => Promise<T | undefined>;
}

/** Does something unless it was done under this key in the last 24 hours. Keys are those of a partner and an operation. */
export async function once<T>(unit: Unit, context: Context, call: Once<T>): Promise<Outcome<T>> {
  const now = context.clock.now();
  const record = await unit.idempotencyKey(call.operation, call.key);
  if (record !== undefined && now - record.createTime < periods.idempotencyKey) {
    if (record.fingerprint !== call.fingerprint) {
      return failed({ kind: "key-reused" });
    }
    const value = await call.again(record.resourceId);
    if (value !== undefined) {
      return done(value);
    }
  }
  const outcome = await call.first();
  if (!outcome.ok) {
    return outcome;
  }
  const { value, resourceId } = outcome.value;
  await unit.rememberIdempotencyKey(call.operation, call.key, {
    fingerprint: call.fingerprint,
    resourceId,
    createTime: now,
  });
  return done(value);
}
