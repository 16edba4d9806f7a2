import { expect, it, vi } from "vitest";
import { Breaker } from "./breaker.ts";

function make() {
  const warn = vi.fn();
  const onOpen = vi.fn();
  return { warn, onOpen, breaker: new Breaker("https://cache", { warn, onOpen }) };
}

it("opens at a final fault, and tells it once", () => {
  const { warn, onOpen, breaker } = make();
  breaker.report({ message: "is full", isFinal: true });
  breaker.report({ message: "is still full", isFinal: true });
  expect(breaker.isOpen).toBe(true);
  expect(onOpen).toHaveBeenCalledOnce();
  expect(warn.mock.calls).toEqual([["the remote cache https://cache is full; this run goes on without it"]]);
});

it("opens at the third fault that may pass, and tells the first", () => {
  const { warn, onOpen, breaker } = make();
  for (const [fault, isOpen] of [
    ["first", false],
    ["second", false],
    ["third", true],
  ] as const) {
    breaker.report({ message: fault, isFinal: false });
    expect(breaker.isOpen).toBe(isOpen);
  }
  expect(onOpen).toHaveBeenCalledOnce();
  expect(warn.mock.calls).toEqual([
    ["the remote cache https://cache first; this run goes on without what it concerns"],
  ]);
});
