import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type DataFolder, displayPath } from "../data/data-folder.ts";
import type { Running } from "../data/running.ts";

/** What to tell the user of a running platform: where everything is, and three things to try. */
export function instructions(running: Running, folder: DataFolder, env: NodeJS.ProcessEnv): string {
  const pnpm = hasPnpm(env) ? "pnpm" : "npx -y pnpm@12";
  const choice = env.PARTNER_DATA_DIR ? `PARTNER_DATA_DIR=${quote(folder.path)} ` : "";
  const client = `${choice}${pnpm} --silent client`;
  const { identityUrl, documentUrl, webUrl, username } = running;
  return `
  web page          ${webUrl}
  document-service  ${documentUrl}
  identity-service  ${identityUrl}
  username          ${username}
  password          cat ${quote(displayPath(folder.secretFile(username)))}
  logs              ${displayPath(folder.file("log"))}

Try, in another terminal:

  # any gRPC client, with what the service tells of itself
  ${pnpm} exec buf curl --protocol grpc --http2-prior-knowledge --reflect-header '*' -H "Authorization: Bearer $(${client} token)" ${documentUrl}/partner.document.service.v1.DocumentService/ListDocuments

  # the bundled client; leave out "list" to see what else it does
  ${client} list

  # the page: sign in as ${username} with the password above
  ${openCommand()} ${webUrl}

For development only: the secrets lie in ${displayPath(folder.file("secrets"))}, unprotected but for the permissions of the files.
Ctrl-C stops everything.
`;
}

/** A pnpm that the user could call as well: not the one that npx or pnpm itself put there for this run. */
function hasPnpm({ PATH = "" }: NodeJS.ProcessEnv): boolean {
  return PATH.split(delimiter).some(
    (folder) => !/node_modules|_npx/.test(folder) && existsSync(join(folder, "pnpm")),
  );
}

function openCommand(): string {
  return process.platform === "darwin" ? "open" : process.platform === "win32" ? "start" : "xdg-open";
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
