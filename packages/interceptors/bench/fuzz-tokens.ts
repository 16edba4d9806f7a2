// Asks the gate about mutated tokens: none may be accepted, none may be anything but Unauthenticated, and jose must refuse each
// as well, unless it is another spelling of a good token: jose skips white space in base64url and the unused bits of its end. The seed is printed; give it as an argument to see a run again.
// Run: pnpm --filter @wirehouse/interceptors fuzz [count] [seed]
import { Code, ConnectError } from "@connectrpc/connect";
import { createRandom, createTestClock, createTokenSigner } from "@wirehouse/testkit";
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { localKeySet } from "../src/auth/server/index.ts";
import { audience, callContext, createGate, goodClaims, issuer } from "../src/testing/gate-fixture.ts";
import { mutateToken, normalSpelling } from "../src/testing/mutate-token.ts";

const count = Number(process.argv[2] ?? 100_000);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
const random = createRandom(seed);
const clock = createTestClock();
const signers = (["ES256", "RS256", "PS256", "ES384", "EdDSA"] as const).map((algorithm) =>
  createTokenSigner(algorithm, algorithm),
);
const algorithms = ["ES256", "RS256", "PS256", "ES384", "EdDSA"] as const;
const keySet = { keys: signers.flatMap((signer) => signer.keySet.keys) };
const { gate } = createGate({ clock, keys: localKeySet(keySet), algorithms });
const josesKeys = createLocalJWKSet(keySet as JSONWebKeySet);
const rules = {
  issuer,
  audience,
  algorithms: [...algorithms],
  typ: "at+jwt",
  currentDate: new Date(clock.wallNow()),
};
const good = signers.map((signer) => signer.sign(goodClaims(clock.wallNow(), { scope: "a b" })));

const start = performance.now();
const counts = new Map<string, number>();
for (let done = 0; done < count; done += 64) {
  const tokens = Array.from({ length: Math.min(64, count - done) }, (_, i) => {
    const original = good[i % good.length] ?? "";
    return { original, token: mutateToken(original, random) };
  });
  for (const outcome of await Promise.all(tokens.map(judge))) {
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
}
const seconds = (performance.now() - start) / 1000;
console.log(`seed ${seed}: ${count} tokens in ${seconds.toFixed(1)} s`);
for (const [outcome, number] of counts) {
  console.log(`  ${outcome}: ${number}`);
}
process.exitCode = [...counts.keys()].some((outcome) => outcome.startsWith("WRONG")) ? 1 : 0;

async function judge({ original, token }: { original: string; token: string }): Promise<string> {
  const code = await ask(token);
  // Spaces around a token belong to the header (RFC 9110, section 11.4), not to the token.
  if (token.trim() === original) {
    return code === undefined ? "unchanged, accepted" : `WRONG: a good token was refused: ${code}`;
  }
  if (code === undefined) {
    return `WRONG: accepted: ${token}`;
  }
  if (code !== Code.Unauthenticated) {
    return `WRONG: ${Code[code]} for ${token}`;
  }
  const joseAccepts = await jwtVerify(token, josesKeys, rules).then(
    () => true,
    () => false,
  );
  if (!joseAccepts) {
    return "refused, by jose as well";
  }
  return normalSpelling(token) === original
    ? "refused, another spelling of a good token, which jose accepts"
    : `WRONG: jose accepts ${token}`;
}

async function ask(token: string): Promise<Code | undefined> {
  try {
    await gate.requestGate(callContext(`Bearer ${token}`));
    return undefined;
  } catch (error) {
    return error instanceof ConnectError ? error.code : Code.Internal;
  }
}
