// What the gate costs a call: ES256, with and without the verification cache, against `jose.jwtVerify` alone with the same key
// and rules. The signature is checked on a thread of Node.js, so three figures: calls one at a time, 64 in flight, and how long
// the event loop is busy for each, which is what bounds a server's throughput. Least of many batches. Wants an idle machine.
// Run: pnpm --filter @wirehouse/interceptors bench:gate
import { verify } from "node:crypto";
import type { HandlerContext } from "@connectrpc/connect";
import { createTokenSigner } from "@wirehouse/testkit";
import { importJWK, type JWK, jwtVerify } from "jose";
import { jwtGate, localKeySet } from "../src/auth/server/index.ts";
import { importKey } from "../src/auth/server/keys/verification-key.ts";
import { parseToken } from "../src/auth/server/token/parse-token.ts";
import { pairToDer } from "../src/auth/server/token/verify-signature.ts";
import { audience, callContext, goodClaims, issuer } from "../src/testing/gate-fixture.ts";

const limits = { uncached: 40, cached: 5 };
const batches = 60;
const batchSize = 256;

const signer = createTokenSigner();
const [jwk = {}] = signer.keySet.keys;
const rules = { issuer, audience, algorithms: ["ES256" as const] };
const keys = localKeySet(signer.keySet);
const tokens = Array.from({ length: batchSize }, (_, i) =>
  signer.sign(goodClaims(Date.now(), { jti: `${i}`, scope: "document:read document:write" })),
);
const contexts = tokens.map((token) => callContext(`Bearer ${token}`));
const uncached = jwtGate({ ...rules, keys, cache: false });
const cached = jwtGate({ ...rules, keys });
const cryptoKey = await importJWK(jwk as JWK, "ES256");
const keyObject = (await importKey(jwk))?.key;
const parsed = tokens.map((token) => {
  const one = parseToken(token, { algorithms: new Set(["ES256"]), type: "application/at+jwt" });
  if (typeof one === "string" || keyObject === undefined) {
    throw new Error("the token of this benchmark is not good");
  }
  return { signed: one.signed, signature: pairToDer(one.signature), key: keyObject };
});

type Work = (index: number) => unknown;
const ask =
  (gate: typeof cached): Work =>
  (index) =>
    gate.requestGate(contexts[index] as HandlerContext);
const cases: [string, Work][] = [
  ["signature alone (node:crypto)", (index) => verifyAlone(index)],
  ["jose.jwtVerify", (index) => jwtVerify(tokens[index] ?? "", cryptoKey, { ...rules, typ: "at+jwt" })],
  ["gate, no cache", ask(uncached)],
  ["gate, cache", ask(cached)],
];

console.log("| ES256 | one at a time, µs | 64 in flight, µs | event loop busy, µs |");
console.log("|---|---|---|---|");
const busy = new Map<string, number>();
for (const [name, work] of cases) {
  await batch(work, 1);
  const one = await least(work, 1);
  const many = await least(work, 64);
  busy.set(name, many.busy);
  console.log(`| ${name} | ${one.wall.toFixed(1)} | ${many.wall.toFixed(1)} | ${many.busy.toFixed(1)} |`);
}
const [jose = 0, plain = 0, withCache = 0] = ["jose.jwtVerify", "gate, no cache", "gate, cache"].map((name) =>
  busy.get(name),
);
console.log(
  `the gate keeps the event loop busy for ${plain.toFixed(1)} µs (limit ${limits.uncached}), ${(plain / jose).toFixed(2)} of ` +
    `jose.jwtVerify alone; with the cache ${withCache.toFixed(1)} µs (limit ${limits.cached})`,
);
process.exitCode = plain < limits.uncached && withCache < limits.cached ? 0 : 1;

async function least(work: Work, inFlight: number): Promise<{ wall: number; busy: number }> {
  const samples = [];
  for (let i = 0; i < batches; i++) {
    samples.push(await batch(work, inFlight));
  }
  return {
    wall: Math.min(...samples.map((sample) => sample.wall)),
    busy: Math.min(...samples.map((sample) => sample.busy)),
  };
}

/** Microseconds a call. */
async function batch(work: Work, inFlight: number): Promise<{ wall: number; busy: number }> {
  // The utilization is counted by turns of the event loop: the batch has its own.
  await new Promise((resolve) => setImmediate(resolve));
  const before = performance.eventLoopUtilization();
  const start = performance.now();
  for (let index = 0; index < batchSize; index += inFlight) {
    const group: unknown[] = [];
    for (let i = index; i < Math.min(batchSize, index + inFlight); i++) {
      group.push(work(i));
    }
    for (const one of group) {
      // As Connect does: what is no promise is not waited for either.
      if (one instanceof Promise) {
        await one;
      }
    }
  }
  const wall = ((performance.now() - start) * 1000) / batchSize;
  const { idle } = performance.eventLoopUtilization(before);
  return { wall, busy: wall - (idle * 1000) / batchSize };
}

function verifyAlone(index: number): Promise<boolean> {
  const one = parsed[index];
  return new Promise((resolve, reject) => {
    if (one === undefined) {
      throw new Error("no such token");
    }
    verify("sha256", one.signed, one.key, one.signature, (error, right) =>
      error === null ? resolve(right) : reject(error),
    );
  });
}
