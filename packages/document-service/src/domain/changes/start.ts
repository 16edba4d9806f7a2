import { type Duration, durationMs } from "@bufbuild/protobuf/wkt";
import { periods } from "../limits.ts";

/** The longest silence that a request asks for, in milliseconds. */
export function heartbeatOf(interval: Duration | undefined): number {
  return interval === undefined ? periods.heartbeat : durationMs(interval);
}
