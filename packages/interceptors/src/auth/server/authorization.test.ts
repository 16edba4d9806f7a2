import { expect, it } from "vitest";
import { readAuthorization } from "./authorization.ts";

it.each<[string | null, ReturnType<typeof readAuthorization>]>([
  ["Bearer abc.def.ghi", { kind: "token", token: "abc.def.ghi" }],
  ["bearer abc", { kind: "token", token: "abc" }],
  ["BEARER abc", { kind: "token", token: "abc" }],
  ["Bearer   abc", { kind: "token", token: "abc" }],
  [" Bearer abc ", { kind: "token", token: "abc" }],
  ["Bearer A-Za._~+/9==", { kind: "token", token: "A-Za._~+/9==" }],
  [null, { kind: "missing" }],
  ["", { kind: "missing" }],
  ["abc.def.ghi", { kind: "missing" }],
  ["Basic YWRhOng=", { kind: "missing" }],
  ["DPoP abc", { kind: "missing" }],
  ["Bearerabc", { kind: "missing" }],
  ["Bearer-Token abc", { kind: "missing" }],
  ["Bearer", { kind: "malformed" }],
  ["Bearer ", { kind: "malformed" }],
  ["Bearer a b", { kind: "malformed" }],
  ["Bearer a=b", { kind: "malformed" }],
  ["Bearer ab\u00e9", { kind: "malformed" }],
  ["Bearer a\u0000b", { kind: "malformed" }],
  ["Bearer\tabc", { kind: "malformed" }],
  ["Bearer a, Bearer b", { kind: "repeated" }],
  ["Bearer a,Bearer b", { kind: "repeated" }],
  ["Bearer a, b", { kind: "repeated" }],
  ["Basic YWRhOng=, Bearer a", { kind: "repeated" }],
  ["Bearer a,", { kind: "repeated" }],
  ["Basic YWRhOng=, DPoP a", { kind: "missing" }],
])("%j is %j", (header, credentials) => {
  expect(readAuthorization(header)).toEqual(credentials);
});

it("takes no time for a long one", () => {
  for (const header of [
    `Bearer ${"a".repeat(1e6)}!`,
    `Bearer${" ".repeat(1e6)}!`,
    `${", ".repeat(5e5)}Bearer`,
  ]) {
    const start = performance.now();
    expect(readAuthorization(header).kind).not.toBe("token");
    expect(performance.now() - start).toBeLessThan(1000);
  }
});
