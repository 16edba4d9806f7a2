import { expect, it } from "vitest";
import { WirehouseError } from "../errors.ts";
import { programFile, record } from "../testing/fake-plugin.ts";
import { makeFixture, proto } from "../testing/fixture.ts";

const buf = "version: v2\nmodules: [{ path: proto }, { path: other }, { path: nested/one }]\n";
const rootOnly = "version: v2\nmodules: [{ path: ., excludes: [node_modules] }]\n";

it.each([
  ["{ directory: . }", buf, "a/v/y.proto a/x.proto b/z.proto c/w.proto n/n.proto"],
  ["{ directory: proto }", buf, "a/v/y.proto a/x.proto b/z.proto"],
  ["{ directory: ./other/ }", buf, "c/w.proto"],
  ["{ directory: nested }", buf, "n/n.proto"],
  ["{ directory: proto/a }", buf, "CONFIG"],
  ["{ directory: proto }", rootOnly, "CONFIG"],
  ["{ directory: nowhere }", buf, "PROTO"],
  ["{ directory: ., paths: [proto/a] }", buf, "a/v/y.proto a/x.proto"],
  ["{ directory: proto, paths: [proto/a] }", buf, "a/v/y.proto a/x.proto"],
  ["{ directory: proto, paths: [a] }", buf, "PROTO"],
  ["{ directory: proto, paths: [other/c] }", buf, "PROTO"],
  ["{ directory: ., paths: [proto/a, proto/nowhere] }", buf, "a/v/y.proto a/x.proto"],
  ["{ directory: ., paths: [proto/a], exclude_paths: [proto/a/v] }", buf, "a/x.proto"],
  ["{ directory: ., paths: [proto/a/v], exclude_paths: [proto/a] }", buf, "PROTO"],
  ["{ directory: other, exclude_paths: [proto] }", buf, "c/w.proto"],
  ["{ directory: ., paths: [./proto/a/../a/x.proto, other/c/] }", buf, "a/x.proto c/w.proto"],
  ["{ directory: other }, { directory: nowhere }", buf, "PROTO"],
])("selects of inputs: [%s] what buf does", async (inputs, modules, selected) => {
  const fixture = makeFixture({
    "buf.yaml": modules,
    "buf.gen.yaml": `version: v2\ninputs: [${inputs}]\nplugins: [{ local: ./record, out: gen, strategy: all }]\n`,
    record: programFile(record),
    "proto/a/x.proto": proto("a", [], "X"),
    "proto/a/v/y.proto": proto("a.v"),
    "proto/b/z.proto": proto("b"),
    "other/c/w.proto": proto("c"),
    "nested/one/n/n.proto": proto("n"),
  });
  const generated = () =>
    Object.keys(fixture.tree("gen"))
      .map((path) => path.replace(".txt", ""))
      .join(" ");
  const ours = await fixture
    .generate()
    .then(generated, (reason: unknown) =>
      reason instanceof WirehouseError ? reason.code : expect.fail(String(reason)),
    );
  expect(ours).toBe(selected);
  fixture.write({ "gen/.keep": "" });
  fixture.remove("gen");
  const theirs = await fixture.buf("generate").then(generated, () => "refused");
  expect(theirs).toBe(selected === selected.toUpperCase() ? "refused" : selected);
});
