import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startIdentityProvider } from "@wirehouse/testkit";
import { afterEach, beforeEach, expect, it } from "vitest";
import { refreshTokenSource } from "../index.ts";
import { fileRefreshTokenStore } from "./index.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "wirehouse-store-"));
  path = join(folder, "tokens.json");
});
afterEach(() => rm(folder, { recursive: true }));

it("three processes share a rotated refresh token: 0 revocations", async () => {
  await using idp = await startIdentityProvider();
  await fileRefreshTokenStore({ path }).save({ refreshToken: idp.startSession() });
  const rounds = 20;
  const script = join(import.meta.dirname, "../../testing/rotate-process.ts");
  const run = async (): Promise<string> => {
    const child = spawn(process.execPath, [script, idp.tokenEndpoint, path, String(rounds)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    return Buffer.concat(await child.stdout.toArray()).toString();
  };
  expect(await Promise.all([run(), run(), run()])).toEqual(["20", "20", "20"]);
  expect(idp.revocations).toBe(0);
  // What one process fetched, another one used: fewer requests than renewals.
  expect(idp.requests.length).toBeLessThanOrEqual(3 * rounds + 1);
  expect(await readdir(folder)).toEqual(["tokens.json"]);
});

it("only this user may read the file, and it holds the newest token", async () => {
  await using idp = await startIdentityProvider();
  const store = fileRefreshTokenStore({ path });
  const refreshToken = idp.startSession();
  await store.save({ refreshToken });
  await refreshTokenSource({ endpoint: idp.tokenEndpoint, refreshToken: store }).get();
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const stored = JSON.parse(await readFile(path, "utf8"));
  expect(stored.refreshToken).not.toBe(refreshToken);
  expect(idp.check(stored.accessToken)).toBe("valid");
});

it("a lock that a dead process left behind is removed; a fresh one is waited for, not for ever", async () => {
  const store = fileRefreshTokenStore({ path, lockWaitMs: 0 });
  await writeFile(`${path}.lock`, "");
  await expect(store.save({ refreshToken: "r" })).rejects.toMatchObject({ code: "store_locked" });
  const longAgo = new Date(Date.now() - 3_600_000);
  await utimes(`${path}.lock`, longAgo, longAgo);
  await fileRefreshTokenStore({ path }).save({ refreshToken: "r" });
  expect(await readdir(folder)).toEqual(["tokens.json"]);
});

it.each(["not json: CANARY", "{}", "[]", '"CANARY"'])(
  "a damaged file (%j) is a lost session, and is not quoted",
  async (text) => {
    await writeFile(path, text);
    const tokens = refreshTokenSource({
      endpoint: "http://127.0.0.1:1",
      refreshToken: fileRefreshTokenStore({ path }),
    });
    const error = await Promise.resolve(tokens.get()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "credentials_refused" });
    expect(String(error)).not.toContain("CANARY");
  },
);

it("a step that fails changes nothing and frees the lock", async () => {
  const store = fileRefreshTokenStore({ path });
  await store.save({ refreshToken: "r" });
  const fail = async (): Promise<never> => {
    throw new Error("network");
  };
  await expect(store.update(fail)).rejects.toThrow("network");
  expect(await store.update(async (current) => current ?? { refreshToken: "none" })).toEqual({
    refreshToken: "r",
  });
});
