import { gunzipSync } from "node:zlib";
import { Profile } from "pprof-format";

/** A profile as its readers see it: `go tool pprof -top` sums the same way. */
export interface ReadProfile {
  types: string[];
  defaultType: string | undefined;
  durationMs: number;
  /** Sums of one type by function: what it did itself, the most first. */
  top(type: string): { name: string; file: string; lines: number[]; value: number }[];
  /** Function names of all stacks, the running one first. */
  stacks: string[][];
}

/** Reads a gzipped profile with pprof's own names. */
export function readPprof(bytes: Uint8Array): ReadProfile {
  const profile = Profile.decode(gunzipSync(bytes));
  const text = (index: number | bigint): string => profile.stringTable.strings[Number(index)] ?? "";
  const functions = new Map(profile.function.map((one) => [Number(one.id), one]));
  const lines = new Map(profile.location.map(({ id, line }) => [Number(id), line[0]]));
  const functionAt = (location: number | bigint) =>
    functions.get(Number(lines.get(Number(location))?.functionId));
  const types = profile.sampleType.map(({ type, unit }) => `${text(type)}/${text(unit)}`);
  return {
    types,
    defaultType: text(profile.defaultSampleType),
    durationMs: Number(profile.durationNanos) / 1e6,
    stacks: profile.sample.map(({ locationId }) => locationId.map((id) => text(functionAt(id)?.name ?? 0))),
    top(type) {
      const column = types.indexOf(type);
      const sums = new Map<unknown, { name: string; file: string; lines: number[]; value: number }>();
      for (const { locationId, value } of profile.sample) {
        const leaf = locationId[0] ?? 0;
        const found = functionAt(leaf);
        const sum = sums.get(found) ?? {
          name: text(found?.name ?? 0),
          file: text(found?.filename ?? 0),
          lines: [],
          value: 0,
        };
        sum.value += Number(value[column]);
        sum.lines.push(Number(lines.get(Number(leaf))?.line));
        sums.set(found, sum);
      }
      return [...sums.values()].sort((a, b) => b.value - a.value);
    },
  };
}
