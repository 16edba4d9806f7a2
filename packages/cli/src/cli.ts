import { Command, CommanderError, Option } from "commander";
import { readPackage } from "./execute/npm-lookup.ts";
import { WirehouseError } from "./errors.ts";
import { formats, type Format, renderFindings } from "./report/render.ts";

console.log(Command, CommanderError, Option, readPackage, WirehouseError, formats, renderFindings);
export type { Format };
export async function run(_argv: string[]): Promise<number> {
  return 0;
}
