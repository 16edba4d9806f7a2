import { expect, it, vi } from "vitest";
import { programFile } from "../testing/fake-plugin.ts";
import { makeFixture, proto } from "../testing/fixture.ts";
import { childEnvironment } from "./child-environment.ts";
import { runProcess } from "./process.ts";

const secrets = {
  WIREHOUSE_REMOTE_CACHE_URL: "",
  WIREHOUSE_REMOTE_CACHE_TOKEN: "secret",
  WIREHOUSE_REMOTE_CACHE_USER: "secret",
  WIREHOUSE_REMOTE_CACHE_PASSWORD: "secret",
};

/** Two plugins, one a program and one that is loaded in process, which write what they see of the environment. */
const see =
  "JSON.stringify(Object.entries(process.env).filter(([name, value]) => /^(WIREHOUSE|SEEN)/i.test(name)))";
const plugins = {
  "buf.gen.yaml":
    "version: v2\nplugins:\n  - { local: ./program, out: gen/a }\n  - { local: protoc-gen-see, out: gen/b, opt: target=ts }\n",
  program: programFile(`respond([{ name: "env", content: ${see} }]);`),
  "node_modules/protoc-gen-see/package.json": {
    name: "protoc-gen-see",
    version: "1.0.0",
    type: "module",
    bin: "run.js",
    dependencies: { "@bufbuild/protoplugin": "*" },
  },
  "node_modules/protoc-gen-see/run.js": `#!/usr/bin/env node
import { createEcmaScriptPlugin, runNodeJs } from "@bufbuild/protoplugin";
runNodeJs(createEcmaScriptPlugin({ name: "see", version: "1", generateTs(schema) { schema.generateFile("env.ts").print(${see}); } }));
`,
};

it("keeps the shared cache's credentials from plugins, in a process or in this one", async () => {
  const fixture = makeFixture({ ...plugins, "proto/a.proto": proto("a") });
  fixture.write({
    "package.json": {
      devDependencies: { "@bufbuild/buf": "*", "protoc-gen-see": "*", "@bufbuild/protoplugin": "*" },
    },
  });
  for (const [name, value] of Object.entries({ ...secrets, SEEN: "1" })) {
    vi.stubEnv(name, value);
  }
  await fixture.generate();
  for (const text of Object.values(fixture.tree("gen"))) {
    expect(text).toContain('["SEEN","1"]');
    expect(text).toContain("WIREHOUSE_CACHE_DIR");
    expect(text).not.toContain("REMOTE_CACHE");
  }
  expect(Object.keys(fixture.tree("gen"))).toEqual(["a/env", "b/env.ts"]);
});

it("keeps them from any process, whatever environment that is given", async () => {
  const env = { ...process.env, ...secrets, wirehouse_remote_cache_token: "secret" };
  const result = await runProcess(process.execPath, ["-p", "JSON.stringify(process.env)"], { cwd: ".", env });
  const seen = result.kind === "exit" ? result.stdout.toString() : "";
  expect(seen).toContain("PATH");
  expect(seen).not.toMatch(/remote_cache/i);
});

it("changes nothing else, and not what it is given", () => {
  const env = { ...secrets, PATH: "/bin", WIREHOUSE_CACHE_DIR: "x" };
  expect(childEnvironment(env)).toEqual({ PATH: "/bin", WIREHOUSE_CACHE_DIR: "x" });
  expect(env).toHaveProperty("WIREHOUSE_REMOTE_CACHE_TOKEN");
});
