import { mkdirSync } from "node:fs";
import { dirname } from "node:path";

/** Makes the folder that a `sqlite:` URL's file lies in; other URLs have none. */
export function makeFolderOf(databaseUrl: string): void {
  const file = /^sqlite:(?!:)(.+)$/.exec(databaseUrl)?.[1];
  if (file !== undefined) {
    mkdirSync(dirname(file), { recursive: true });
  }
}
