import { describe, expect, it } from "vitest";
import { echo, programFile } from "../testing/fake-plugin.ts";
import { makeFixture, proto } from "../testing/fixture.ts";
import { planGenerate } from "./generate.ts";

/** Three domains, of which two import each other's; packages, and a rule whose plugin takes all files at once. */
function threeDomains() {
  return makeFixture({
    fake: programFile(echo),
    "proto/acme/base/v1/base.proto": proto("acme.base.v1", [], "Base"),
    "proto/acme/base/v1/events.proto": proto("acme.base.v1", [], "Event"),
    "proto/acme/shop/v1/shop.proto": proto("acme.shop.v1", ["acme/base/v1/base.proto"], "Shop"),
    "proto/acme/shop/service/v1/service.proto": proto(
      "acme.shop.service.v1",
      ["acme/shop/v1/shop.proto"],
      "Request",
    ),
    "proto/other/mail/v1/events.proto": proto("other.mail.v1", [], "Sent"),
    "buf.gen.yaml":
      "version: v2\nclean: true\nplugins:\n  - local: protoc-gen-es\n    out: gen/es\n    opt: [target=js+dts, import_extension=js]\n",
    "wirehouse.yaml":
      'version: v1\npackages:\n  - out: gen/es\n    names:\n      acme/*: "@acme/*"\n      other/*: "@other/*"\nrules:\n  - paths: ["*/*/v1/events.proto"]\n    plugin:\n      local: ./fake\n      out: gen/events\n      strategy: all\n',
  });
}

const domains = ["acme/base", "acme/shop", "other/mail"];

describe("generate --only", () => {
  it("over all domains gives the tree of a full run", async () => {
    const fixture = threeDomains();
    await fixture.generate();
    const full = fixture.tree("gen");
    fixture.remove("gen");
    fixture.freshCache();
    for (const domain of domains) {
      await fixture.generate({ only: domain });
    }
    expect(fixture.tree("gen")).toEqual(full);
    expect((await fixture.generate()).written).toEqual([]);
    expect(await fixture.check()).toEqual([]);
  });

  it("touches nothing of other domains, stale or edited as they may be", async () => {
    const fixture = threeDomains();
    await fixture.generate();
    fixture.write({
      "proto/acme/base/v1/base.proto": proto("acme.base.v1", [], "Renamed"),
      "proto/acme/shop/v1/shop.proto": proto("acme.shop.v1", ["acme/base/v1/base.proto"], "Store"),
      "gen/es/acme/base/v1/base_pb.js": "// @generated, and edited",
      "gen/es/acme/base/v1/orphan_pb.js": "// @generated",
      "gen/es/acme/shop/v1/orphan_pb.js": "// @generated",
      "gen/es/other/foreign.ts": "export const mine = 1;\n",
    });
    const other = fixture.tree("gen/es/acme/base");
    const { written, removed } = await fixture.generate({ only: "acme/shop/" });
    expect(written.filter((path) => !path.startsWith("gen/es/acme/shop/"))).toEqual([]);
    expect(written).toContain("gen/es/acme/shop/v1/shop_pb.js");
    expect(removed).toEqual(["gen/es/acme/shop/v1/orphan_pb.js"]);
    expect(fixture.tree("gen/es/acme/base")).toEqual(other);
    const drift = await fixture.check();
    expect(drift.map(({ rule, path }) => [rule, path])).toContainEqual([
      "DRIFT_STALE",
      "gen/es/acme/base/v1/base_pb.d.ts",
    ]);
    expect(drift.find(({ path }) => path === "gen/es/acme/base/v1/base_pb.d.ts")?.message).toContain(
      "proto/acme/base/v1/base.proto changed",
    );
  });

  it("takes a directory inside a package for the package, and one above domains for all of them", async () => {
    const fixture = threeDomains();
    const inside = await fixture.generate({ only: "acme/shop/service" });
    expect(inside.written).toContain("gen/es/acme/shop/v1/shop_pb.js");
    expect(inside.written.filter((path) => !path.startsWith("gen/es/acme/shop/"))).toEqual([]);
    const above = await fixture.generate({ only: "acme" });
    expect(above.written).toContain("gen/es/acme/base/v1/base_pb.js");
    expect(fixture.exists("gen/es/other")).toBe(false);
  });

  it("leads a full run after it to the tree from scratch, whatever went away meanwhile", async () => {
    const fixture = threeDomains();
    await fixture.generate();
    fixture.remove("proto/acme/shop/service");
    fixture.write({ "proto/other/mail/v1/more.proto": proto("other.mail.v1", [], "More") });
    await fixture.generate({ only: "other/mail" });
    expect(fixture.exists("gen/es/acme/shop/service")).toBe(true);
    await fixture.generate();
    const tree = fixture.tree("gen");
    fixture.remove("gen");
    await fixture.generate({ noCache: true });
    expect(fixture.tree("gen")).toEqual(tree);
    expect(fixture.exists("gen/es/acme/shop/service")).toBe(false);
  });

  it("refuses a domain without files, and plans for the domain alone", async () => {
    const fixture = threeDomains();
    await expect(fixture.generate({ only: "acme/nothing" })).rejects.toMatchObject({
      code: "USAGE",
      findings: [{ help: expect.stringContaining("acme/base, acme/shop, other/mail") }],
    });
    const steps = await planGenerate({ cwd: fixture.root, only: "acme/shop" });
    expect(steps.map((step) => step.what.replace(/^.*: /, ""))).toEqual([
      "acme/shop/service/v1/service.proto",
      "acme/shop/v1/shop.proto",
    ]);
  });
});
