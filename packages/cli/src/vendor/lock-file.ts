import * as v from "valibot";
import { compareText } from "../report/finding.ts";

/** The file in the vendor folder that says where each of its files comes from. */
export const lockName = "vendor.lock.json";

const entry = v.object({ source: v.string(), sha256: v.string() });

const schema = v.object({
  version: v.literal(1),
  packages: v.record(
    v.string(),
    v.object({
      version: v.string(),
      integrity: v.nullable(v.string()),
      license: v.object({ path: v.string(), source: v.string(), sha256: v.string() }),
      files: v.record(v.string(), entry),
    }),
  ),
});

/**
 * The lock: by package, what was installed, and by import path, the file inside the package that it was
 * made from and the SHA-256 of what was written.
 */
export type VendorLock = v.InferOutput<typeof schema>;
export type LockedPackage = VendorLock["packages"][string];

/** The lock's bytes: keys sorted by code unit, two spaces, one newline at the end. Equal locks give equal bytes. */
export function formatLock(lock: VendorLock): string {
  const packages = sorted(lock.packages, ({ version, integrity, license, files }) => ({
    version,
    integrity,
    license: { path: license.path, source: license.source, sha256: license.sha256 },
    files: sorted(files, ({ source, sha256 }) => ({ source, sha256 })),
  }));
  return `${JSON.stringify({ version: lock.version, packages }, null, 2)}\n`;
}

/** Reads a lock; `undefined` where the text is none. */
export function parseLock(text: string): VendorLock | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const result = v.safeParse(schema, value);
  return result.success ? result.output : undefined;
}

function sorted<In, Out>(record: Readonly<Record<string, In>>, map: (value: In) => Out): Record<string, Out> {
  return Object.fromEntries(
    Object.entries(record)
      .sort(([a], [b]) => compareText(a, b))
      .map(([key, value]) => [key, map(value)]),
  );
}
