import {
  createDocument,
  download,
  listDocuments,
  printIdentity,
  printToken,
  upload,
  watch,
} from "./client/commands.ts";
import { openClient } from "./client/open.ts";
import { runProgram, stopSignals } from "./program.ts";

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const note = (line: string): void => void process.stderr.write(`${line}\n`);
const open = () => openClient(process.env);

await runProgram((program) => {
  program
    .name("pnpm client")
    .description("Work with the documents of the platform that runs on this machine (pnpm start).");
  program
    .command("token")
    .description("print an access token, for other clients")
    .action(async () => printToken(await open(), print));
  program
    .command("whoami")
    .description("print who signs in here")
    .action(async () => printIdentity(await open(), print));
  program
    .command("list")
    .description("print all documents, newest first")
    .action(async () => listDocuments(await open(), print));
  program
    .command("create <title>")
    .description("make a document, print its id")
    .option("--description <text>")
    .action(async (title: string, options: { description?: string }) =>
      createDocument(await open(), { title, ...options }, print),
    );
  program
    .command("upload <document-id> <file>")
    .description("make a file the newest revision of a document")
    .action(async (documentId: string, file: string) =>
      upload(await open(), { documentId, file, note }, print),
    );
  program
    .command("download <document-id>")
    .description("write a document's content to standard output")
    .option("--output <file>", "write to a file")
    .action(async (documentId: string, options: { output?: string }) =>
      download(await open(), { documentId, note, ...options }),
    );
  program
    .command("watch")
    .description("print changes as they happen")
    .action(async () => {
      const signal = stopSignals().first;
      await watch(await open(), { signal, note }, print);
    });
});
