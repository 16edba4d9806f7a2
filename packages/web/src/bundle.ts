import { join } from "node:path";
import { rolldown } from "rolldown";
import { WebError } from "./errors.ts";

/**
 * The code of the page as one module for browsers.
 *
 * @throws WebError `bundle_failed`, also for a warning and for an import of a `node:` module: both would fail in the
 * browser only.
 */
export async function bundlePage(): Promise<string> {
  const warnings: string[] = [];
  let code: string;
  try {
    const build = await rolldown({
      input: join(import.meta.dirname, "page/main.ts"),
      platform: "browser",
      onLog(level, log) {
        if (level === "warn") {
          warnings.push(log.message);
        }
      },
    });
    const { output } = await build.generate({ format: "esm", minify: true });
    await build.close();
    code = output[0].code;
  } catch (cause) {
    throw new WebError("bundle_failed", "the page cannot be bundled: see the cause", { cause });
  }
  if (/from\s*["']node:|import\s*["']node:/.test(code)) {
    warnings.push("a node: module is imported");
  }
  if (warnings.length > 0) {
    throw new WebError("bundle_failed", `the page cannot be bundled: ${warnings.join("; ")}`);
  }
  return code;
}
