import { SymbolVisibility } from "@bufbuild/protobuf/wkt";
import type { PrintContext } from "./print-context.ts";
import { quote } from "./print-lines.ts";

/** A range of numbers, both ends included: `3`, `3 to 5`, `3 to max`. */
export function rangeText(start: number, end: number, max: number): string {
  return start === end ? `${start}` : `${start} to ${end >= max ? "max" : end}`;
}

/** The `reserved` statements of a message or enum. Names are strings, in editions identifiers. */
export function reservedLines(
  context: PrintContext,
  ranges: readonly string[],
  names: readonly string[],
): string[] {
  const written = context.syntax === "editions" ? names : names.map(quote);
  return [ranges, written].filter((list) => list.length > 0).map((list) => `reserved ${list.join(", ")};`);
}

/** `export ` or `local `, where the file says so (edition 2024). */
export function visibilityText(visibility: SymbolVisibility): string {
  return (
    { [SymbolVisibility.VISIBILITY_EXPORT]: "export ", [SymbolVisibility.VISIBILITY_LOCAL]: "local " }[
      visibility as number
    ] ?? ""
  );
}
