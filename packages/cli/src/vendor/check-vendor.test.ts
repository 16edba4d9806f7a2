import { mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { walk } from "../io/files.ts";
import type { Finding } from "../report/finding.ts";
import { loadWorkspace } from "../workspace/workspace.ts";
import { checkVendor } from "./check-vendor.ts";
import { runVendor } from "./vendor.ts";
import { makeWorkspace, npmPackage, proto } from "./vendor-fixture.testdata.ts";

const config = `version: v1
vendor:
  out: third_party
  packages:
    acme:
      files: [acme/a.proto]
    base:
      files: [base.proto]
`;

async function vendored() {
  const workspace = makeWorkspace({
    "wirehouse.yaml": config,
    "package-lock.json": lockOf("sha512-abc=="),
    ...npmPackage("acme", "1.2.3", {
      "acme/a.proto": proto("acme", ["acme/b.proto"]),
      "acme/b.proto": proto("acme", [], "B"),
    }),
    ...npmPackage("base", "2.0.0", { "base.proto": proto("base", []) }),
  });
  await runVendor(loadWorkspace(workspace.root));
  return workspace;
}

function lockOf(integrity: string) {
  return { packages: { "": {}, "node_modules/acme": { version: "1.2.3", integrity } } };
}

type Vendored = Awaited<ReturnType<typeof vendored>>;

/** The findings, after proving that looking changed neither a file nor a time. */
async function check(root: string): Promise<Finding[]> {
  const stamps = () =>
    walk(root).map(({ path }) => {
      const { ino, mtimeMs, ctimeMs, size } = statSync(join(root, path));
      return [path, ino, mtimeMs, ctimeMs, size];
    });
  const before = stamps();
  const findings = await checkVendor(loadWorkspace(root));
  expect(stamps()).toEqual(before);
  return findings;
}

const help = "run `wirehouse vendor`";

const cases: {
  title: string;
  seed(workspace: Vendored): void;
  expected: Partial<Record<keyof Finding, unknown>>[];
}[] = [
  { title: "a clean tree", seed: () => {}, expected: [] },
  {
    title: "a hand edit",
    seed: ({ write }) => write({ "third_party/acme/b.proto": `${proto("acme", [], "B")}// mine\n` }),
    expected: [
      {
        rule: "VENDOR_EDITED",
        path: "third_party/acme/b.proto",
        message: expect.stringContaining("acme 1.2.3 was edited by hand"),
        help,
      },
    ],
  },
  {
    title: "CRLF",
    seed: ({ write, read }) =>
      write({ "third_party/base.proto": read("third_party/base.proto").replaceAll("\n", "\r\n") }),
    expected: [
      { rule: "VENDOR_EDITED", path: "third_party/base.proto", message: expect.stringContaining("CRLF") },
    ],
  },
  {
    title: "a missing file",
    seed: ({ root }) => rmSync(join(root, "third_party/acme/a.proto")),
    expected: [{ rule: "VENDOR_MISSING", path: "third_party/acme/a.proto" }],
  },
  {
    title: "a missing folder",
    seed: ({ root }) => rmSync(join(root, "third_party"), { recursive: true }),
    expected: [
      { rule: "VENDOR_LICENSE" },
      { rule: "VENDOR_LICENSE" },
      { rule: "VENDOR_MISSING" },
      { rule: "VENDOR_MISSING" },
      { rule: "VENDOR_MISSING" },
      {
        rule: "VENDOR_LOCK",
        path: "third_party/vendor.lock.json",
        message: expect.stringContaining("missing"),
      },
    ],
  },
  {
    title: "an orphan",
    seed: ({ write }) => write({ "third_party/x/y.proto": "" }),
    expected: [{ rule: "VENDOR_ORPHAN", path: "third_party/x/y.proto" }],
  },
  {
    title: "a case rename",
    seed: ({ root }) =>
      renameSync(join(root, "third_party/acme/b.proto"), join(root, "third_party/acme/B.proto")),
    expected: [
      { rule: "VENDOR_ORPHAN", path: "third_party/acme/B.proto" },
      { rule: "VENDOR_MISSING", path: "third_party/acme/b.proto" },
    ],
  },
  {
    title: "a file that has become a folder",
    seed: ({ root }) => {
      rmSync(join(root, "third_party/base.proto"));
      mkdirSync(join(root, "third_party/base.proto"));
    },
    expected: [{ rule: "VENDOR_MISSING", path: "third_party/base.proto" }],
  },
  {
    title: "a missing licence",
    seed: ({ root }) => rmSync(join(root, "third_party/LICENSES/acme.txt")),
    expected: [
      {
        rule: "VENDOR_LICENSE",
        path: "third_party/LICENSES/acme.txt",
        message: "the licence of acme 1.2.3 is missing",
      },
    ],
  },
  {
    title: "a missing lock",
    seed: ({ root }) => rmSync(join(root, "third_party/vendor.lock.json")),
    expected: [{ rule: "VENDOR_LOCK", message: expect.stringContaining("missing") }],
  },
  {
    title: "a lock with merge marks",
    seed: ({ write }) => write({ "third_party/vendor.lock.json": "<<<<<<< HEAD\n" }),
    expected: [{ rule: "VENDOR_LOCK", message: expect.stringContaining("not one that") }],
  },
  {
    title: "a lock laid out differently",
    seed: ({ write, read }) =>
      write({ "third_party/vendor.lock.json": JSON.parse(read("third_party/vendor.lock.json")) }),
    expected: [{ rule: "VENDOR_LOCK", message: expect.stringContaining("not written as") }],
  },
  {
    title: "a file more in wirehouse.yaml",
    seed: ({ write }) =>
      write({
        "wirehouse.yaml": config.replace("a.proto]", "a.proto, acme/c.proto]"),
        "node_modules/acme/acme/c.proto": "",
      }),
    expected: [
      { rule: "VENDOR_MISSING", path: "third_party/acme/c.proto" },
      { rule: "VENDOR_LOCK", message: "acme/c.proto of acme is wanted, and the lock does not have it" },
    ],
  },
  {
    title: "a package fewer in wirehouse.yaml",
    seed: ({ write }) => write({ "wirehouse.yaml": config.slice(0, config.indexOf("    base")) }),
    expected: [
      { rule: "VENDOR_ORPHAN", path: "third_party/LICENSES/base.txt" },
      {
        rule: "VENDOR_ORPHAN",
        path: "third_party/base.proto",
        message: expect.stringContaining("no longer asks"),
      },
      { rule: "VENDOR_LOCK", message: "the lock has base, which wirehouse.yaml no longer asks for" },
    ],
  },
  {
    title: "another version installed",
    seed: ({ write }) => write(npmPackage("base", "2.1.0", { "base.proto": proto("base", [], "New") })),
    expected: [
      { rule: "VENDOR_STALE", path: "third_party/base.proto" },
      { rule: "VENDOR_LOCK", message: "the lock has base 2.0.0, but 2.1.0 is installed" },
    ],
  },
  {
    title: "another content under the same version",
    seed: ({ write }) => write({ "node_modules/base/base.proto": "// patched\n" }),
    expected: [
      { rule: "VENDOR_STALE", path: "third_party/base.proto" },
      { rule: "VENDOR_LOCK", message: expect.stringContaining("another content for base.proto") },
    ],
  },
  {
    title: "another integrity",
    seed: ({ write }) => write({ "package-lock.json": lockOf("sha512-def==") }),
    expected: [{ rule: "VENDOR_LOCK", message: expect.stringContaining("integrity sha512-abc==") }],
  },
  {
    title: "a package that is not installed",
    seed: ({ root }) => rmSync(join(root, "node_modules/base"), { recursive: true }),
    expected: [
      { rule: "CONFIG", path: "wirehouse.yaml", line: 7, help: expect.stringContaining("install it") },
    ],
  },
];

describe("vendor --check finds", () => {
  it.each(cases)("$title", async ({ seed, expected }) => {
    const workspace = await vendored();
    seed(workspace);
    expect(await check(workspace.root)).toEqual(
      expected.map((finding) => expect.objectContaining({ severity: "error", ...finding })),
    );
  });

  it("nothing in a workspace that vendors nothing", async () => {
    expect(await check(makeWorkspace({}).root)).toEqual([]);
  });

  it("nothing more after `wirehouse vendor`, whatever was wrong but what is not ours to clear", async () => {
    for (const { title, seed } of cases) {
      if (/not installed|missing lock|folder/.test(title)) {
        continue;
      }
      const workspace = await vendored();
      seed(workspace);
      await runVendor(loadWorkspace(workspace.root));
      expect(await check(workspace.root), title).toEqual([]);
    }
  });
});
