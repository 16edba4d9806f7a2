import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { default_policy, policy, service_policies } from "@wirehouse/proto-auth/v1";
import { expect, it } from "vitest";
import { repositoryFolder } from "../../testing/buf-workspace.ts";
import { knownClaims } from "./extension-number.testdata.ts";

const ours = [policy, default_policy, service_policies].map((extension) => extension.number);

it("has one number for the three options, in the range for use inside an organisation", () => {
  expect(new Set(ours)).toEqual(new Set([77610]));
  // https://protobuf.dev/programming-guides/proto2/#customoptions
  expect(ours[0]).toBeGreaterThanOrEqual(50_000);
  expect(ours[0]).toBeLessThanOrEqual(99_999);
});

it.each(knownClaims)("is none of %i to %i: %s", (from, to) => {
  expect(ours.filter((number) => from <= number && number <= to)).toEqual([]);
});

it.each([
  ["what is vendored here", join(repositoryFolder, "proto/third_party"), 1],
  ["google-proto-files", dirname(fileURLToPath(import.meta.resolve("google-proto-files/package.json"))), 20],
])("is the number of no option in %s", (_, folder, atLeast) => {
  const found = optionNumbers(folder);
  expect(found.length).toBeGreaterThanOrEqual(atLeast);
  expect(found.filter(({ number }) => ours.includes(number))).toEqual([]);
});

it("would see a collision", () => {
  const found = optionNumbers(join(repositoryFolder, "proto/wirehouse/auth"));
  expect(found.map(({ number }) => number)).toEqual(ours);
});

/** The numbers of the extensions of descriptor.proto's options in every .proto below a folder. */
function optionNumbers(folder: string): { file: string; number: number }[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".proto"))
    .flatMap((file) => {
      const source = readFileSync(join(folder, file), "utf8").replace(/\/\/.*|\/\*[\s\S]*?\*\//g, "");
      const blocks = [...source.matchAll(/\bextend\s+\.?google\.protobuf\.\w+Options\s*\{([^}]*)\}/g)];
      return blocks
        .flatMap(([, body = ""]) => [...body.matchAll(/=\s*(\d+)/g)])
        .map(([, number]) => ({ file, number: Number(number) }));
    });
}
