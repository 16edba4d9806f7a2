import { closedLoop } from "../closed-loop.ts";
import { type Identity, requestToken } from "../targets.ts";
import type { Case } from "./case.ts";

/** `POST /token` with the right password: most of it is scrypt. */
export function tokenCase(identity: Identity, inFlight: number): Case {
  return {
    name: `POST /token, ${inFlight} in flight`,
    unit: "tokens",
    needsStore: true,
    prepare: async () => ({
      run: (seconds) => closedLoop(() => requestToken(identity), inFlight, seconds),
      close: () => undefined,
    }),
  };
}
