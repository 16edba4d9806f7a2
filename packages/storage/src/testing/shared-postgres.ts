import { connect } from "node:net";
import { text } from "node:stream/consumers";

/** Where `global-setup.ts` says on which socket to ask. */
export const sharedPostgresVariable = "WIREHOUSE_TEST_POSTGRES_SOCKET";

/** The URL of the PostgreSQL that the files of a test run share. */
export async function sharedPostgresUrl(): Promise<string> {
  const socket = process.env[sharedPostgresVariable];
  if (socket === undefined) {
    throw new Error("packages/storage/src/testing/global-setup.ts is not in Vitest's globalSetup");
  }
  const answer = JSON.parse(await text(connect(socket))) as { url?: string; error?: string };
  if (answer.url === undefined) {
    throw new Error(answer.error);
  }
  return answer.url;
}
