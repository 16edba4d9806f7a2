import pg from "pg";

/** Makes an empty database on the server of `url`, and answers with its URL. */
export async function createDatabase(url: string, name: string): Promise<string> {
  await administrate(url, `create database ${pg.escapeIdentifier(name)}`);
  const created = new URL(url);
  created.pathname = `/${name}`;
  return created.href;
}

/** Removes a database, with whoever is connected to it. */
export async function dropDatabase(url: string, name: string): Promise<void> {
  await administrate(url, `drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
}

async function administrate(url: string, statement: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
