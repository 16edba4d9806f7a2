import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDataFolder } from "../data/data-folder.ts";
import type { Connection } from "../documents/connect.ts";
import { startPlatform } from "../run/platform.ts";

/** Runs something against a platform that is there only for it, on free ports and a folder that is removed. */
export async function withPlatform(
  options: { tokenSeconds: number; onProgress: (message: string) => void; signal: AbortSignal },
  run: (connection: Connection) => Promise<void>,
): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), "partner-demo-"));
  try {
    const folder = openDataFolder(path);
    // The databases are embedded, whatever the user's own platform has.
    const env = { ...process.env, IDENTITY_DATABASE_URL: "", DOCUMENT_DATABASE_URL: "" };
    const platform = await startPlatform({ ...options, folder, port: 0, env });
    try {
      const { identityUrl, documentUrl, username } = platform;
      const password = folder.readSecret(username) ?? "";
      await Promise.race([
        run({ identityUrl, documentUrl, username, password }),
        platform.broken.then((error) => Promise.reject(error)),
      ]);
    } finally {
      await platform.close();
    }
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}
