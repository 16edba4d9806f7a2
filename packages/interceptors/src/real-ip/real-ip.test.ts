import { createContextValues, type Interceptor } from "@connectrpc/connect";
import { callEcho } from "@wirehouse/testkit";
import { describe, expect, it } from "vitest";
import { grid, startPair } from "../testing/grid.ts";
import { peerAddressKey, peerContextValues, realIp, realIpKey } from "./index.ts";

const trustedProxies = ["10.0.0.0/8", "::1/128"];

/** [peer, headers, expected] */
const cases: [string, Record<string, string>, string][] = [
  ["203.0.113.9", {}, "203.0.113.9"],
  ["203.0.113.9", { "x-forwarded-for": "1.2.3.4" }, "203.0.113.9"],
  ["10.0.0.1", { "x-forwarded-for": "203.0.113.9" }, "203.0.113.9"],
  ["10.0.0.1", { "x-forwarded-for": "6.6.6.6, 203.0.113.9, 10.0.0.7" }, "203.0.113.9"],
  ["10.0.0.1", { "x-forwarded-for": "garbage, 203.0.113.9" }, "203.0.113.9"],
  ["10.0.0.1", { "x-forwarded-for": "203.0.113.9, garbage" }, "10.0.0.1"],
  ["10.0.0.1", { "x-forwarded-for": "10.0.0.3, 10.0.0.2" }, "10.0.0.3"],
  ["10.0.0.1", { "x-real-ip": "2001:db8::1" }, "2001:db8::1"],
  ["10.0.0.1", { "x-forwarded-for": "[2001:db8::1]:443" }, "2001:db8::1"],
  ["10.0.0.1", { "x-forwarded-for": "203.0.113.9:5000" }, "203.0.113.9"],
  ["::ffff:10.0.0.1", { "x-forwarded-for": "203.0.113.9" }, "203.0.113.9"],
  ["::1", { "x-forwarded-for": "203.0.113.9" }, "203.0.113.9"],
  ["10.0.0.1", {}, "10.0.0.1"],
  ["", { "x-forwarded-for": "203.0.113.9" }, ""],
];

it.each(cases)("peer %j, headers %j: %j", async (peer, headers, expected) => {
  const contextValues = createContextValues().set(peerAddressKey, peer);
  const next = async () => ({}) as never;
  await realIp({ trustedProxies })(next)({ header: new Headers(headers), contextValues } as never);
  expect(contextValues.get(realIpKey)).toBe(expected);
});

describe.each(grid)("$protocol, $kind", ({ protocol, kind }) => {
  it("finds the address of a real connection", async () => {
    let seen = "";
    const spy: Interceptor = (next) => (request) => {
      seen = request.contextValues.get(realIpKey);
      return next(request);
    };
    await using pair = await startPair(protocol, {
      server: [realIp(), spy],
      contextValues: peerContextValues,
    });
    await callEcho(kind, pair.transport, { headers: { "x-forwarded-for": "6.6.6.6" } });
    expect(seen).toBe("127.0.0.1");
  });
});

it("refuses a network that is not one", () => {
  expect(() => realIp({ trustedProxies: ["10.0.0.0"] })).toThrow(
    '"10.0.0.0" is not a network in CIDR notation',
  );
});
