import { failure } from "../errors.ts";
import type { AddCommand } from "./program.ts";

export function registerNew(add: AddCommand): void {
  add(
    "new <kind> <name>",
    "Write the .proto files of a new domain: `new domain <org>/<domain>`.",
    [],
    async (shell, _options, [kind = "", name = ""]) => {
      if (kind !== "domain") {
        throw failure("USAGE", `"${kind}" is nothing that can be made new`, {
          help: "run `wirehouse new domain <org>/<domain>`",
        });
      }
      const { newDomain } = await import("../commands/new-domain.ts");
      const { written, next } = newDomain({ cwd: shell.cwd, name });
      shell.print(
        shell.format === "json"
          ? `${JSON.stringify({ written, next })}\n`
          : written.map((path) => `${path}\n`).join(""),
      );
      shell.tell(`Next:\n${next.map((step, index) => `  ${index + 1}. ${step}`).join("\n")}`);
      return 0;
    },
  );
}
