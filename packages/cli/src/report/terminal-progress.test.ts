import { Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { expect, it, vi } from "vitest";
import { terminalProgress } from "./terminal-progress.ts";

/** What a terminal was sent. */
class FakeTerminal extends Writable {
  readonly isTTY = true;
  readonly columns: number;
  text = "";

  constructor(columns: number) {
    super();
    this.columns = columns;
  }

  override _write(chunk: Buffer, _encoding: string, callback: () => void): void {
    this.text += chunk.toString();
    callback();
  }

  cursorTo(): boolean {
    this.text += "\n";
    return true;
  }

  moveCursor(): boolean {
    return true;
  }

  clearLine(): boolean {
    return true;
  }

  /** What stands after the spinner's sign, last drawn last. */
  get lines(): string[] {
    return stripVTControlCharacters(this.text)
      .split("\n")
      .map((line) => line.slice(2).trim())
      .filter((line) => line !== "");
  }
}

function start(columns = 80) {
  vi.useFakeTimers();
  vi.stubEnv("CI", undefined);
  const terminal = new FakeTerminal(columns);
  const progress = terminalProgress(terminal as unknown as NodeJS.WriteStream, () => Date.now());
  return {
    terminal,
    progress,
    pass: (ms: number) => vi.advanceTimersByTime(ms),
    [Symbol.dispose]() {
      progress.stop();
      vi.useRealTimers();
      vi.unstubAllEnvs();
    },
  };
}

it("shows the phase, the count and the rate", () => {
  using shown = start();
  shown.progress.phase("generating", 200);
  shown.pass(100);
  expect(shown.terminal.lines.at(-1)).toBe("generating 0/200");
  shown.pass(1900);
  shown.progress.step(50);
  shown.pass(100);
  expect(shown.terminal.lines.at(-1)).toBe("generating 50/200, 25/s");
  shown.progress.phase("writing");
  shown.pass(100);
  expect(shown.terminal.lines.at(-1)).toBe("writing");
});

it("names what has been running longest, once it is slow", () => {
  using shown = start();
  shown.progress.phase("generating", 2);
  const endFirst = shown.progress.begin?.("protoc-gen-es partner/document");
  shown.pass(2000);
  const endSecond = shown.progress.begin?.("protoc-gen-ts_proto partner/identity");
  shown.pass(2100);
  expect(shown.terminal.lines.at(-1)).toBe("generating 0/2 (protoc-gen-es partner/document: 4 s)");
  endFirst?.();
  shown.pass(100);
  expect(shown.terminal.lines.at(-1)).toBe("generating 0/2 (protoc-gen-ts_proto partner/identity: 2 s)");
  endSecond?.();
  shown.pass(100);
  expect(shown.terminal.lines.at(-1)).toBe("generating 0/2");
});

it("keeps to one row of a narrow terminal", () => {
  using shown = start(24);
  shown.progress.phase("generating", 2);
  shown.progress.begin?.("protoc-gen-es partner/document");
  shown.pass(3100);
  expect(shown.terminal.lines.at(-1)).toBe("generating 0/2 (prot…");
});

it("draws nothing after it was stopped, and starts again with the next phase", () => {
  using shown = start();
  shown.progress.phase("generating", 2);
  shown.pass(100);
  shown.progress.stop();
  const drawn = shown.terminal.lines.length;
  shown.pass(5000);
  expect(shown.terminal.lines).toHaveLength(drawn);
  shown.progress.phase("writing", 1);
  shown.pass(100);
  expect(shown.terminal.lines.at(-1)).toBe("writing 0/1");
});
