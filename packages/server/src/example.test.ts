import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Code, createClient } from "@connectrpc/connect";
import { Health } from "@wirehouse/proto-grpc-health/v1";
import { callEcho } from "@wirehouse/testkit/cases";
import { openTransport } from "@wirehouse/testkit/servers";
import { expect, it } from "vitest";

it("the README's service: health is public, the rest is not, SIGTERM ends it with 0", async () => {
  const main = fileURLToPath(new URL("./testing/example-main.ts", import.meta.url));
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  try {
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const url = /listening on (\S+)/.exec(line.toString())?.[1] as string;
    await using opened = openTransport("grpc", url);
    expect((await createClient(Health, opened.transport).check({})).status).toBe(1);
    expect((await callEcho("unary", opened.transport)).error).toMatchObject({ code: Code.Unauthenticated });
    child.kill("SIGTERM");
    expect(await exited).toEqual([0, null]);
  } finally {
    child.kill("SIGKILL");
  }
});
