import { accessSync, constants, readdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Where Debian and its kin put the programs of each version, off the PATH. */
const debianFolder = "/usr/lib/postgresql";

/** The folder that has `initdb` and `postgres`: from the PATH, else the newest version of Debian's. Undefined: not installed. */
export function findPostgresPrograms(): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...debianFolders()];
  return folders.find(
    (folder) => folder !== "" && ["initdb", "postgres"].every((name) => isProgram(join(folder, name))),
  );
}

function debianFolders(): string[] {
  try {
    return readdirSync(debianFolder)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(debianFolder, version, "bin"));
  } catch {
    return [];
  }
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Who to run PostgreSQL as, since it refuses to run as root; undefined: as who we are. */
export function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) {
    return undefined;
  }
  const users = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const user = users.find(([name]) => name === "postgres") ?? users.find(([name]) => name === "nobody");
  if (user === undefined) {
    throw new Error("PostgreSQL does not run as root, and there is neither a user postgres nor nobody");
  }
  return { uid: Number(user[2]), gid: Number(user[3]) };
}
