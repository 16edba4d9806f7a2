import picomatch from "picomatch";
import type { ImportedName } from "./read-imports.ts";

/** A ban that one file may break, and why. */
export interface Exception {
  readonly file: string;
  /** As in `ban`. */
  readonly import: string;
  readonly reason: string;
}

/** A direction that imports must not take. See the head of boundaries.json for the form of the patterns. */
export interface Rule {
  readonly from: readonly string[];
  readonly notFrom?: readonly string[];
  readonly ban: readonly string[];
  readonly allow?: readonly string[];
  /** As `allow`, for imports of types only. */
  readonly allowTypes?: readonly string[];
  /** Whether tests, their data and dev dependencies are bound too. */
  readonly tests: boolean;
  readonly reason: string;
  readonly except?: readonly Exception[];
}

export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** Tests and what only they use: never part of a published package. */
export const isTestFile = picomatch([
  "**/*.test.ts",
  "**/*.testdata.ts",
  "**/testing/**",
  "**/exactness/**",
  "**/bench/**",
  "**/browser/**",
  "vitest.config.ts",
]);

/** Applies the rules to all imports. An exception that excuses nothing is reported too: it would excuse the next one. */
export function applyRules(rules: readonly Rule[], imports: readonly ImportedName[]): Violation[] {
  return rules.flatMap((rule) => {
    const isBound = picomatch([...rule.from], { ignore: [...(rule.notFrom ?? [])] });
    const isBanned = toMatcher(rule.ban, true);
    const isAllowed = toMatcher(rule.allow ?? [], false);
    const isAllowedType = toMatcher(rule.allowTypes ?? [], false);
    const exceptions = (rule.except ?? []).map((exception) => ({
      exception,
      matches: toMatcher([exception.import], false),
      used: false,
    }));
    const violations: Violation[] = [];
    for (const entry of imports) {
      if (
        !isBound(entry.file) ||
        (!rule.tests && isTestFile(entry.file)) ||
        !isBanned(entry) ||
        isAllowed(entry) ||
        (entry.isType && isAllowedType(entry))
      ) {
        continue;
      }
      const excuse = exceptions.find(
        ({ exception, matches }) => exception.file === entry.file && matches(entry),
      );
      if (excuse !== undefined) {
        excuse.used = true;
        continue;
      }
      const what = entry.name === "*" ? `"${entry.specifier}"` : `${entry.name} from "${entry.specifier}"`;
      violations.push({
        file: entry.file,
        line: entry.line,
        message: `must not import ${what}: ${rule.reason}`,
      });
    }
    for (const { exception, used } of exceptions) {
      if (!used) {
        violations.push({
          file: "scripts/boundaries.json",
          line: 1,
          message: `the exception of ${exception.file} for ${exception.import} excuses nothing: remove it`,
        });
      }
    }
    return violations;
  });
}

/** Whoever takes a module as a whole takes each of its names: banned with any of them, allowed with none. */
function toMatcher(patterns: readonly string[], wholeCounts: boolean): (entry: ImportedName) => boolean {
  const matchers = patterns.map((pattern) => {
    const [module = "", names] = pattern.split("#");
    return { isModule: picomatch(module), isName: names === undefined ? undefined : picomatch(names) };
  });
  return ({ target, name }) =>
    matchers.some(
      ({ isModule, isName }) =>
        (isModule(target) || isModule(packageOf(target))) &&
        (isName === undefined || (name === "*" ? wholeCounts : isName(name))),
    );
}

/** `@scope/name/sub/path` → `@scope/name`; `node:fs/promises` stays, for it is no part of node:fs. */
export function packageOf(target: string): string {
  if (target.startsWith("node:")) {
    return target;
  }
  return target
    .split("/")
    .slice(0, target.startsWith("@") ? 2 : 1)
    .join("/");
}
