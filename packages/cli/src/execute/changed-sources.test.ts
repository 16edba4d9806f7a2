import { expect, it } from "vitest";
import { programFile } from "../testing/fake-plugin.ts";
import { makeFixture, pluginFixture, proto } from "../testing/fixture.ts";

/** Writes the digest of the request, which has the descriptors in it. */
const digest =
  'respond(files.map((name) => ({ name: name + ".txt", content: require("node:crypto").hash("sha256", input) })));';

/** A program that is known by its bytes, so that its outputs are kept. */
const known = { "wirehouse.yaml": "version: v1\nplugins:\n  ./fake:\n    inputs: [fake]\n" };

it("keeps nothing under the key of a source that changed before it was compiled", async () => {
  const fixture = makeFixture({ ...pluginFixture(digest), ...known, fake: programFile(digest) });
  const write = (name: string) => fixture.write({ "proto/acme/v1/a.proto": proto("acme.v1", [], name) });
  const output = () => fixture.read("gen/acme/v1/a.proto.txt");
  await fixture.generate();
  const first = output();

  write("B");
  let runs = 0;
  const progress = {
    phase(name: string) {
      if (name === "generating" && runs++ === 0) {
        write("C");
      }
    },
    step: () => {},
  };
  await fixture.generate({ progress });
  expect(runs).toBe(2);
  const third = output();
  write("B");
  await fixture.generate();
  const second = output();
  expect(new Set([first, second, third]).size).toBe(3);
  await fixture.generate({ noCache: true });
  expect(output()).toBe(second);
});

it("gives up when a source changes again and again, and writes nothing", async () => {
  const fixture = makeFixture(pluginFixture(digest));
  let count = 0;
  const progress = {
    phase(name: string) {
      if (name === "generating") {
        fixture.write({ "proto/acme/v1/a.proto": proto("acme.v1", [], `M${count++}`) });
      }
    },
    step: () => {},
  };
  await expect(fixture.generate({ progress })).rejects.toMatchObject({ code: "CHANGED" });
  expect(fixture.exists("gen")).toBe(false);
});
