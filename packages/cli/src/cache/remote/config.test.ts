import { inspect } from "node:util";
import { expect, it } from "vitest";
import { WirehouseError } from "../../errors.ts";
import { remoteSettings } from "./config.ts";

const url = "https://cache.example.com/team";

it("takes the file's settings, and the environment's before them", () => {
  expect(remoteSettings(undefined, {})).toBeUndefined();
  expect(remoteSettings({ url: `${url}/` }, {})).toMatchObject({ url, mode: "read-only", timeoutMs: 1000 });
  const file = { url: "http://other", mode: "read-only", timeoutMs: 5 } as const;
  const env = { WIREHOUSE_REMOTE_CACHE_URL: url, WIREHOUSE_REMOTE_CACHE_MODE: "read-write" };
  expect(remoteSettings(file, env)).toMatchObject({ url, mode: "read-write", timeoutMs: 5 });
  expect(remoteSettings(file, { WIREHOUSE_REMOTE_CACHE_MODE: "off" })).toBeUndefined();
  expect(remoteSettings({ url, mode: "off" }, {})).toBeUndefined();
});

it("sends a token, or a user and a password, and shows neither", () => {
  const bearer = remoteSettings({ url }, { WIREHOUSE_REMOTE_CACHE_TOKEN: "secret" });
  expect(bearer?.authorization()).toBe("Bearer secret");
  const basic = remoteSettings(
    { url },
    { WIREHOUSE_REMOTE_CACHE_USER: "ci", WIREHOUSE_REMOTE_CACHE_PASSWORD: "sécret:" },
  );
  expect(basic?.authorization()).toBe(`Basic ${Buffer.from("ci:sécret:").toString("base64")}`);
  expect(`${inspect([bearer, basic], { depth: 9 })}${JSON.stringify([bearer, basic])}`).not.toMatch(
    /secret|sécret|c8OpY3JldD/,
  );
  expect(remoteSettings({ url }, {})?.authorization()).toBeUndefined();
  const fork = { WIREHOUSE_REMOTE_CACHE_USER: "ci", WIREHOUSE_REMOTE_CACHE_PASSWORD: "" };
  expect(remoteSettings({ url }, fork)?.authorization()).toBeUndefined();
});

it.each([
  ["http://127.0.0.1:8080", true],
  ["http://127.8.9.1", true],
  ["http://localhost:1", true],
  ["http://[::1]:1", true],
  ["http://cache", false],
  ["http://127.0.0.1.example.com", false],
  ["http://localhost.example.com", false],
  ["http://[::2]", false],
  ["http://0x7f.1", true], // The URL parser turns it into 127.0.0.1, and that is what is connected to.
])("credentials to %s go without TLS: %s", (address, allowed) => {
  const settings = () => remoteSettings({ url: address }, { WIREHOUSE_REMOTE_CACHE_TOKEN: "secret" });
  if (allowed) {
    expect(settings()?.authorization()).toBe("Bearer secret");
  } else {
    expect(settings).toThrow("in clear text");
    expect(remoteSettings({ url: address }, {})).toBeDefined();
  }
});

it.each([
  [{ URL: "cache.example.com" }, "not a URL"],
  [{ URL: "ftp://cache.example.com" }, "scheme ftp"],
  [{ URL: "https://user:secret@cache.example.com" }, "it has credentials"],
  [{ URL: "https://secret@cache.example.com" }, "it has credentials"],
  [{ URL: "https://cache.example.com/?sig=secret" }, "a query"],
  [{ URL: url, MODE: "secret" }, "MODE is none of"],
  [{ URL: url, TOKEN: "secret\n" }, "no token can have"],
  [{ URL: url, TOKEN: "secret", USER: "secret", PASSWORD: "secret" }, "one kind is enough"],
  [{ URL: url, USER: "secret" }, "belong together"],
  [{ URL: url, PASSWORD: "secret" }, "belong together"],
  [{ URL: url, USER: "secret:", PASSWORD: "secret" }, "no colon"],
])("refuses %j, and does not quote it", (values, says) => {
  const env = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`WIREHOUSE_REMOTE_CACHE_${name}`, value]),
  );
  let refusal: unknown;
  try {
    remoteSettings(undefined, env);
  } catch (reason) {
    refusal = reason;
  }
  expect(refusal).toBeInstanceOf(WirehouseError);
  expect(refusal).toMatchObject({ code: "CONFIG", message: expect.stringContaining(says) });
  expect(inspect(refusal, { depth: 9 })).not.toContain("secret");
});
