import { openDataFolder } from "../data/data-folder.ts";
import { requireRunning } from "../data/running.ts";
import { type Clients, type Connection, connect } from "../documents/connect.ts";
import { PlatformError } from "../errors.ts";

/** Connects to the platform that runs on the user's data folder, as the example account. */
export async function openClient(env: NodeJS.ProcessEnv): Promise<Clients> {
  return connect(await findConnection(env));
}

/** Where the platform is that runs on the user's data folder, and who its example account is. */
export async function findConnection(env: NodeJS.ProcessEnv): Promise<Connection> {
  const folder = openDataFolder(env.PARTNER_DATA_DIR);
  const { identityUrl, documentUrl, username } = await requireRunning(folder);
  const password = folder.readSecret(username);
  if (password === undefined) {
    throw new PlatformError("not_running", `${folder.secretFile(username)} is gone. Start again: pnpm start`);
  }
  return { identityUrl, documentUrl, username, password };
}
