import { create } from "@bufbuild/protobuf";
import { type Actor, ActorSchema } from "@partner/identity/v1";
import type { Quota } from "./limits.ts";
import type { Origin } from "./store.ts";

/** On whose behalf something is done. */
export interface Caller {
  readonly partnerId: string;
  /** The service account. */
  readonly accountId: string;
}

/** Time, in the hands of whoever wires the service. */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970. */
  readonly now: () => number;
  /** Resolves after `ms`; rejects when the signal aborts first. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Digest of bytes that come piece by piece. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  digest(): Uint8Array;
}

/** What the domain needs from outside, apart from the store. */
export interface Platform {
  readonly clock: Clock;
  readonly newId: () => string;
  /** Starts a SHA-256. */
  readonly sha256: () => Hasher;
  readonly quota: Quota;
}

/** Who does something, with what, in answer to what. */
export interface Context extends Platform {
  readonly partnerId: string;
  readonly actor: Actor;
  /** The mutation of SyncDocuments that is carried out. */
  readonly origin?: Origin;
}

/** What a service account does. */
export function contextOf(platform: Platform, caller: Caller): Context {
  const { partnerId, accountId } = caller;
  const kind = { case: "serviceAccountId" as const, value: accountId };
  return { ...platform, partnerId, actor: create(ActorSchema, { partnerId, kind }) };
}

/** What a part of the platform does by itself to the documents of a partner. */
export function systemContext(platform: Platform, partnerId: string, component: string): Context {
  const kind = { case: "systemComponent" as const, value: component };
  return { ...platform, partnerId, actor: create(ActorSchema, { kind }) };
}
