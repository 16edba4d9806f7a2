import type { DomainDeps } from "./deps.ts";
import { IdentityError } from "./errors.ts";
import { claimIdempotencyKey } from "./idempotency.ts";
import type { Actor, SigningAlgorithm, SigningKeyRecord, SigningKeyState } from "./model.ts";
import type { KeyMaker, StoredSigningKey } from "./sign-in-ports.ts";
import type { IdentityTx } from "./store.ts";
import type { SigningKeyAdmin } from "./token-ports.ts";

/** When keys change, in milliseconds. */
export interface KeySchedule {
  /** How long a key signs. */
  readonly rotationMs: number;
  /** How long a key is in the key set before it signs: as long as verifiers may keep an old key set. */
  readonly publishAheadMs: number;
  /** How long the longest token lives: so long a key stays in the set after it signed its last. */
  readonly longestTokenMs: number;
}

export interface SigningKeyDeps extends DomainDeps {
  readonly maker: KeyMaker;
  readonly schedule: KeySchedule;
}

/** Out of the set for longer, and nobody is told of a key any more. */
const goneKeysShownMs = 90 * 24 * 60 * 60 * 1000;

const rotator: Actor = { partnerId: "", component: "key-rotation" };

/** Where a key is in its life. */
export function keyState(key: StoredSigningKey, now: number): SigningKeyState {
  if (key.revokedAt !== undefined) {
    return "revoked";
  }
  if (key.retireAt !== undefined && key.retireAt <= now) {
    return "retired";
  }
  return key.activateAt <= now ? "active" : "pending";
}

/**
 * The key that signs at `now`, of those in the set, newest first. If the time of none has come, the oldest that waits: it was
 * active before the clock was set back.
 */
export function activeKey(keys: readonly StoredSigningKey[], now: number): StoredSigningKey | undefined {
  return (
    keys.find((key) => keyState(key, now) === "active") ??
    keys.findLast((key) => keyState(key, now) === "pending")
  );
}

export function toSigningKeyRecord(key: StoredSigningKey, now: number): SigningKeyRecord {
  const state = keyState(key, now);
  const over = state === "retired" || state === "revoked";
  return {
    keyId: key.keyId,
    algorithm: key.algorithm,
    state,
    createdAt: key.createdAt,
    activateAt: key.activateAt,
    retiredAt: over ? key.retireAt : undefined,
    expireAt: over ? key.expireAt : undefined,
  };
}

/**
 * Whether it is time for the next key, which shall be there before the current one's time is over; or at once, if keys are to be
 * of another algorithm now.
 */
export function rotationDue(
  keys: readonly StoredSigningKey[],
  schedule: KeySchedule,
  algorithm: SigningAlgorithm,
  now: number,
): boolean {
  const newest = keys.find((key) => key.revokedAt === undefined && key.retireAt === undefined);
  return (
    newest === undefined ||
    (newest.activateAt <= now &&
      (newest.algorithm !== algorithm ||
        newest.activateAt + schedule.rotationMs <= now + schedule.publishAheadMs))
  );
}

/** Makes, lists, rotates signing keys. */
export function signingKeyOperations(deps: SigningKeyDeps): SigningKeyAdmin & { keepUp(): Promise<void> } {
  const { store, now, maker, schedule } = deps;
  return {
    /**
     * Makes the first key, and the next when it is due, and tells of those that retired. To be called at the start and then
     * often, by each replica: of several that find a key due one makes it.
     */
    async keepUp() {
      const at = now();
      const keys = await store.read((tx) => tx.keys.inSet(at));
      const untold = keys.some((key) => keyState(key, at) === "retired" && !key.retirementTold);
      const due = rotationDue(keys, schedule, maker.algorithm, at);
      if (!due && !untold) {
        return;
      }
      const made = due ? await maker.make() : undefined;
      await store.change(async (tx) => {
        const current = await tx.keys.inSet(at);
        for (const key of current) {
          if (keyState(key, at) === "retired" && !key.retirementTold) {
            await tx.keys.update({ ...key, retirementTold: true });
            tell(tx, rotator, "signing_key_retired", key, at);
          }
        }
        if (made !== undefined && rotationDue(current, schedule, maker.algorithm, at)) {
          const first = activeKey(current, at) === undefined;
          await takeOver(tx, rotator, {
            made,
            current,
            activateAt: first ? at : at + schedule.publishAheadMs,
            at,
          });
        }
      });
    },

    list(query) {
      return store.read(async (tx) => {
        const keys = await tx.keys.list({ ...query, goneSince: query.now - goneKeysShownMs });
        return keys.map((key) => toSigningKeyRecord(key, query.now));
      });
    },

    async rotate(actor, { revokeCurrent, idempotencyKey }) {
      const made = await maker.make();
      return await store.change(async (tx) => {
        const at = now();
        const claim = await claimIdempotencyKey(tx, {
          scope: `RotateSigningKey/${actor.partnerId}`,
          key: idempotencyKey,
          fingerprint: String(revokeCurrent),
          resultId: made.keyId,
          now: at,
        });
        if (claim.kind === "repeat") {
          const key = await tx.keys.find(claim.resultId);
          if (key !== undefined) {
            return toSigningKeyRecord(key, at);
          }
        }
        const current = await tx.keys.inSet(at);
        if (revokeCurrent) {
          for (const key of current) {
            const revoked = {
              ...key,
              retireAt: Math.min(key.retireAt ?? at, at),
              expireAt: at,
              revokedAt: at,
              retirementTold: true,
            };
            await tx.keys.update(revoked);
            tell(tx, actor, "signing_key_retired", revoked, at);
          }
        } else if (current.some((key) => keyState(key, at) === "pending")) {
          throw new IdentityError("rotation_under_way", "a signing key waits for its turn already");
        }
        const key = await takeOver(tx, actor, {
          made,
          current: revokeCurrent ? [] : current,
          activateAt: revokeCurrent ? at : at + schedule.publishAheadMs,
          at,
        });
        return toSigningKeyRecord(key, at);
      });
    },
  };

  async function takeOver(
    tx: IdentityTx,
    actor: Actor,
    change: {
      made: Awaited<ReturnType<KeyMaker["make"]>>;
      current: readonly StoredSigningKey[];
      activateAt: number;
      at: number;
    },
  ): Promise<StoredSigningKey> {
    const { made, current, activateAt, at } = change;
    for (const key of current) {
      if (key.retireAt === undefined) {
        await tx.keys.update({
          ...key,
          retireAt: activateAt,
          expireAt: activateAt + schedule.longestTokenMs,
        });
      }
    }
    const key: StoredSigningKey = {
      ...made,
      createdAt: at,
      activateAt,
      retireAt: undefined,
      expireAt: undefined,
      revokedAt: undefined,
      retirementTold: false,
    };
    await tx.keys.insert(key);
    tell(tx, actor, "signing_key_created", key, at);
    return key;
  }
}

function tell(
  tx: IdentityTx,
  actor: Actor,
  kind: "signing_key_created" | "signing_key_retired",
  key: StoredSigningKey,
  at: number,
): void {
  tx.emit({ partnerId: "", actor, at, change: { kind, signingKey: toSigningKeyRecord(key, at) } });
}
