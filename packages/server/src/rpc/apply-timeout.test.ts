import { EchoService } from "@wirehouse/proto-testkit/v1";
import { expect, it } from "vitest";
import { applyTimeout } from "./apply-timeout.ts";

const { unaryEcho, bidiEcho } = EchoService.method;

it.each([
  ["grpc", unaryEcho, undefined, "1000m"],
  ["connect", unaryEcho, undefined, "1000"],
  ["grpc", bidiEcho, undefined, null],
  ["connect", bidiEcho, undefined, null],
  ["grpc", unaryEcho, "5S", "5S"],
  ["grpc", unaryEcho, "11S", "10000m"],
  ["grpc", bidiEcho, "99999999H", "10000m"],
  ["grpc", unaryEcho, "99999999n", "99999999n"],
  ["connect", unaryEcho, "10000", "10000"],
  ["connect", unaryEcho, "9999999999", "10000"],
  // Malformed: Connect refuses these.
  ["grpc", unaryEcho, "999999999S", "999999999S"],
  ["grpc", unaryEcho, "5", "5"],
  ["connect", unaryEcho, "-1", "-1"],
])("%s, %s, timeout %s becomes %s", (protocol, method, asked, expected) => {
  const name = protocol === "grpc" ? "grpc-timeout" : "connect-timeout-ms";
  const header = new Headers(asked === undefined ? {} : { [name]: asked });
  applyTimeout(header, protocol === "connect", method, { defaultTimeoutMs: 1000, maxTimeoutMs: 10_000 });
  expect(header.get(name)).toBe(expected);
});

it("writes long timeouts in no more than eight digits", () => {
  const header = new Headers({ "grpc-timeout": "99999999H" });
  applyTimeout(header, false, unaryEcho, { defaultTimeoutMs: 1000, maxTimeoutMs: 2 ** 31 - 1 });
  expect(header.get("grpc-timeout")).toBe("2147483S");
});
