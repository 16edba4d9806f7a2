import { Option } from "commander";
import type { AddCommand } from "./program.ts";

export function registerGraph(add: AddCommand): void {
  add(
    "graph",
    "Print the domains, their packages, and the imports between them.",
    [new Option("--svg", "print a drawing")],
    async (shell, options) => {
      const { readGraph } = await import("../commands/graph.ts");
      const render = await import("../report/render-graph.ts");
      const { domains, cyclic } = readGraph(shell);
      shell.print(
        options.svg === true
          ? render.renderGraphSvg(domains, cyclic)
          : shell.format === "json"
            ? render.renderGraphJson(domains)
            : render.renderGraphText(domains, cyclic),
      );
      return 0;
    },
  );
}
