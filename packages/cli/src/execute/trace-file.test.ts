import { join } from "node:path";
import { expect, it } from "vitest";
import { generate } from "../commands/generate.ts";
import { echo } from "../testing/fake-plugin.ts";
import { type Fixture, makeFixture, pluginFixture } from "../testing/fixture.ts";
import { withTraceFile } from "./trace-file.ts";

interface Span {
  readonly name: string;
  readonly ph: string;
  readonly ts: number;
  readonly dur: number;
  readonly tid: number;
}

function spans(fixture: Fixture): Span[] {
  const { traceEvents } = JSON.parse(fixture.read("trace.json")) as { traceEvents: Span[] };
  return traceEvents.filter((event) => event.ph === "X");
}

const trace = (fixture: Fixture) =>
  withTraceFile(join(fixture.root, "trace.json"), (tracer) => generate({ cwd: fixture.root, tracer }));

it("traces the phases of a run, in lanes whose spans follow or contain each other", async () => {
  const fixture = makeFixture(pluginFixture(echo));
  await trace(fixture);
  const found = spans(fixture);
  expect(found.map((span) => span.name)).toEqual(
    expect.arrayContaining([
      "start",
      "load configuration",
      "find programs",
      "survey",
      "plan",
      "cache lookups",
      "compile 1 files",
      "./fake acme/v1",
      "generate",
      "write",
      "write state",
    ]),
  );
  for (const a of found) {
    for (const b of found.filter((span) => span.tid === a.tid && span !== a && span.ts >= a.ts)) {
      const [endA, endB] = [a.ts + a.dur, b.ts + b.dur];
      expect(b.ts >= endA || endB <= endA || (b.ts === a.ts && endA <= endB)).toBe(true);
    }
  }
});

it("writes the trace of a run that fails too, and says where it cannot", async () => {
  const fixture = makeFixture({ ...pluginFixture(echo), "proto/acme/v1/a.proto": "bad" });
  await expect(trace(fixture)).rejects.toMatchObject({ code: "PROTO" });
  expect(spans(fixture).map((span) => span.name)).toContain("compile 1 files");
  const good = makeFixture(pluginFixture(echo));
  await expect(withTraceFile(join(good.root, "buf.yaml/trace.json"), async () => {})).rejects.toMatchObject({
    code: "IO",
  });
});
