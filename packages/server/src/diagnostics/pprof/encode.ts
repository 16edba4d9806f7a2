import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { Location, Mapping, Function as PprofFunction, Profile, StringTable } from "pprof-format";

/** A place in the code, as V8's profilers name it. Lines count from 0, and -1 is none. */
export interface Frame {
  functionName: string;
  url: string;
  lineNumber: number;
}

/** What was measured on one stack. */
export interface StackSample {
  /** The running function first, its callers after it. */
  stack: readonly Frame[];
  /** The line that ran in the running function, counted from 1; without it, where the function begins. */
  line?: number;
  /** One for each of the profile's types. */
  values: readonly number[];
}

/** A profile in neither V8's nor pprof's terms. */
export interface ProfileData {
  /** Name and unit of each value. */
  types: readonly (readonly [name: string, unit: string])[];
  /** The type that tools show unless told otherwise. */
  defaultType: string;
  /** One sample stands for so much of the unit of the last type. */
  period: number;
  /** When it was begun, in milliseconds since 1970. */
  startedAt: number;
  durationMs: number;
  samples: readonly StackSample[];
}

/** The profile as gzipped protobuf (https://github.com/google/pprof/blob/main/proto/profile.proto). */
export async function encodeProfile(data: ProfileData): Promise<Uint8Array> {
  const stringTable = new StringTable();
  const text = (value: string): number => stringTable.dedup(value);
  const functions = new Map<string, PprofFunction>();
  const locations = new Map<string, Location>();

  function functionOf({ functionName, url, lineNumber }: Frame): PprofFunction {
    const key = `${functionName}\n${url}\n${lineNumber}`;
    const known = functions.get(key);
    if (known !== undefined) {
      return known;
    }
    const name = text(functionName === "" ? "(anonymous)" : functionName);
    const created = new PprofFunction({
      id: functions.size + 1,
      name,
      systemName: name,
      filename: text(toPath(url)),
      startLine: lineNumber + 1,
    });
    functions.set(key, created);
    return created;
  }

  function locationOf(frame: Frame, line = frame.lineNumber + 1): number {
    const functionId = functionOf(frame).id;
    const key = `${functionId}:${line}`;
    const known = locations.get(key);
    if (known !== undefined) {
      return Number(known.id);
    }
    const id = locations.size + 1;
    locations.set(key, new Location({ id, mappingId: 1, line: [{ functionId, line }] }));
    return id;
  }

  const valueType = ([name, unit]: readonly [string, string]) => ({ type: text(name), unit: text(unit) });
  const sample = data.samples.map(({ stack, line, values }) => ({
    locationId: stack.map((frame, depth) => locationOf(frame, depth === 0 ? line : undefined)),
    value: [...values],
  }));
  const lastType = data.types.at(-1);
  const profile = new Profile({
    sampleType: data.types.map(valueType),
    sample,
    // Names are there already: without a mapping that says so, tools look for a binary to find them in.
    mapping: [
      new Mapping({
        id: 1,
        filename: text("node"),
        hasFunctions: true,
        hasFilenames: true,
        hasLineNumbers: true,
      }),
    ],
    location: [...locations.values()],
    function: [...functions.values()],
    stringTable,
    timeNanos: BigInt(Math.round(data.startedAt)) * 1_000_000n,
    durationNanos: Math.round(data.durationMs * 1e6),
    ...(lastType === undefined ? {} : { periodType: valueType(lastType) }),
    period: data.period,
    defaultSampleType: text(data.defaultType),
  });
  return promisify(gzip)(await profile.encodeAsync());
}

function toPath(url: string): string {
  if (!url.startsWith("file:")) {
    return url;
  }
  try {
    return fileURLToPath(url);
  } catch {
    // A script may call itself what it likes (`//# sourceURL`).
    return url;
  }
}
