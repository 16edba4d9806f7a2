import { Code, ConnectError } from "@connectrpc/connect";

const advice: Partial<Record<Code, string>> = {
  [Code.PermissionDenied]: "Your account may not do this",
  [Code.NotFound]: "It does not exist any more",
  [Code.Aborted]: "Somebody else changed it meanwhile",
  [Code.ResourceExhausted]: "A limit is reached",
  [Code.Unavailable]: "The service cannot be reached now",
  [Code.DeadlineExceeded]: "The service took too long",
  [Code.DataLoss]: "The content was damaged on its way",
  [Code.Unauthenticated]: "You are not signed in any more",
};

/** What went wrong, for the person at the page: what it means, and the service's own words. */
export function explain(error: unknown): string {
  if (!(error instanceof ConnectError)) {
    return error instanceof Error ? error.message : String(error);
  }
  const parts = [advice[error.code], error.rawMessage.trim()].filter(
    (part) => part !== undefined && part !== "",
  );
  return `${parts.join(": ")}.`;
}

/** Whether an error may pass by itself. */
export function isPassing(error: unknown): boolean {
  const { code } = ConnectError.from(error);
  return code === Code.Unavailable || code === Code.DeadlineExceeded;
}
