import { ConnectError } from "@connectrpc/connect";
import type { AccessToken } from "./access-token.ts";

const redacted = "[redacted]";

/** An error of a call, without the tokens it carried, should the server have repeated one in its message or metadata. */
export function scrub(reason: unknown, tokens: readonly AccessToken[]): unknown {
  return tokens.reduce<unknown>((error, token) => scrubOne(error, token.value()), reason);
}

function scrubOne(reason: unknown, secret: string): unknown {
  if (!(reason instanceof ConnectError)) {
    return reason;
  }
  for (const [name, value] of reason.metadata) {
    if (value.includes(secret)) {
      reason.metadata.set(name, value.replaceAll(secret, redacted));
    }
  }
  if (!reason.message.includes(secret)) {
    return reason;
  }
  // A new error, since the old one's stack has the message too.
  const clean = new ConnectError(
    reason.rawMessage.replaceAll(secret, redacted),
    reason.code,
    reason.metadata,
  );
  clean.details = reason.details;
  return clean;
}
