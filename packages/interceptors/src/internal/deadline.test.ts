import { describe, expect, it } from "vitest";
import { readTimeoutMs, writeTimeoutMs } from "./deadline.ts";

describe("readTimeoutMs", () => {
  it.each([
    ["grpc-timeout", "2H", 7_200_000],
    ["grpc-timeout", "3M", 180_000],
    ["grpc-timeout", "4S", 4000],
    ["grpc-timeout", "1500m", 1500],
    ["grpc-timeout", "2500u", 2.5],
    ["grpc-timeout", "1000000n", 1],
    ["grpc-timeout", "123456789m", undefined],
    ["grpc-timeout", "-1m", undefined],
    ["grpc-timeout", "", undefined],
    ["connect-timeout-ms", "5000", 5000],
    ["connect-timeout-ms", "12345678901", undefined],
    ["connect-timeout-ms", "5s", undefined],
  ])("%s: %s is %s", (name, value, expected) => {
    expect(readTimeoutMs(new Headers({ [name]: value }))).toBe(expected);
  });
});

describe("writeTimeoutMs", () => {
  it.each([
    ["application/grpc+proto", 15_000.9, "grpc-timeout", "15000m"],
    ["application/grpc-web+proto", 0.2, "grpc-timeout", "1m"],
    ["application/grpc", 123_456_789_000, "grpc-timeout", "99999999S"],
    ["application/grpc", 200_000_000, "grpc-timeout", "200000S"],
    ["application/connect+proto", 1e12, "connect-timeout-ms", "9999999999"],
    ["application/proto", 15_000.9, "connect-timeout-ms", "15000"],
    ["application/connect+json", 7, "connect-timeout-ms", "7"],
  ])("%s, %d: %s: %s", (type, ms, name, expected) => {
    const header = new Headers({ "content-type": type });
    writeTimeoutMs(header, ms);
    expect(header.get(name)).toBe(expected);
  });
});
