import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { PlatformError } from "../errors.ts";
import type { DataFolder } from "./data-folder.ts";

/** Where a running platform is, for the client and the demo. */
export interface Running {
  readonly identityUrl: string;
  readonly documentUrl: string;
  readonly webUrl: string;
  /** The example account. Its password is the secret of that name. */
  readonly username: string;
}

const name = "running.json";

/** Says that a platform runs here. */
export function writeRunning(folder: DataFolder, running: Running): void {
  writeFileSync(folder.file(name), `${JSON.stringify(running, undefined, 2)}\n`);
}

/** Says that none does. */
export function removeRunning(folder: DataFolder): void {
  rmSync(folder.file(name), { force: true });
}

/** The platform that runs on this folder. One that was killed left the file, and does not answer. */
export async function findRunning(folder: DataFolder): Promise<Running | undefined> {
  if (!existsSync(folder.file(name))) {
    return undefined;
  }
  const running = JSON.parse(readFileSync(folder.file(name), "utf8")) as Running;
  const metadata = await fetch(`${running.identityUrl}/.well-known/openid-configuration`, {
    signal: AbortSignal.timeout(2000),
  }).then(
    async (response) => (await response.json()) as { issuer?: unknown },
    () => undefined,
  );
  return metadata?.issuer === running.identityUrl ? running : undefined;
}

/** As `findRunning`. Throws `PlatformError` `not_running`. */
export async function requireRunning(folder: DataFolder): Promise<Running> {
  const running = await findRunning(folder);
  if (running === undefined) {
    throw new PlatformError("not_running", `nothing runs on ${folder.path}. Start it with: pnpm start`);
  }
  return running;
}
