import type { Domain } from "../graph/domain-graph.ts";

/** A paragraph a domain: its name, its package and its size, then what it imports. */
export function renderGraphText(domains: readonly Domain[], cyclic: ReadonlySet<string>): string {
  return domains
    .map(({ domain, package: name, files, imports }) => {
      const facts = [
        ...(name === undefined ? [] : [name]),
        files === 0 ? "not in this workspace" : `${files} file${files === 1 ? "" : "s"}`,
        ...(cyclic.has(domain) ? ["in a cycle"] : []),
      ];
      const lines = imports.map((found) => `  imports ${found.domain} (${found.count})\n`);
      return `${domain}  ${facts.join(", ")}\n${lines.join("")}`;
    })
    .join("");
}

export function renderGraphJson(domains: readonly Domain[]): string {
  return `${JSON.stringify({ domains })}\n`;
}

const box = { width: 210, height: 46, gapX: 90, gapY: 22, margin: 20 };

/**
 * A drawing: domains as boxes, imports as arrows from left to right; an arrow of a cycle may go back, in red. The same
 * input gives the same bytes.
 */
export function renderGraphSvg(domains: readonly Domain[], cyclic: ReadonlySet<string>): string {
  const columns = columnsOf(domains);
  const places = new Map<string, { x: number; y: number }>();
  columns.forEach((column, index) => {
    column.forEach(({ domain }, row) => {
      places.set(domain, {
        x: box.margin + index * (box.width + box.gapX),
        y: box.margin + row * (box.height + box.gapY),
      });
    });
  });
  const rows = Math.max(0, ...columns.map((column) => column.length));
  const width = 2 * box.margin + columns.length * (box.width + box.gapX) - box.gapX;
  const height = 2 * box.margin + rows * (box.height + box.gapY) - box.gapY;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif">
<style>rect { fill: #fff; stroke: #57606a; } .outside { stroke-dasharray: 4 3; } text { fill: #1f2328; font-size: 13px; } .small { fill: #57606a; font-size: 11px; } path { fill: none; stroke: #8c959f; } .cycle { stroke: #cf222e; }</style>
<defs><marker id="end" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><polygon points="0,0 8,4 0,8" fill="#57606a"/></marker></defs>
${domains.flatMap((from) => from.imports.map((to) => arrow(places, from, to, cyclic))).join("\n")}
${domains.map((domain) => drawBox(domain, places.get(domain.domain))).join("\n")}
</svg>
`;
}

/** Each domain stands to the left of all that it imports, as far as there is no cycle. */
function columnsOf(domains: readonly Domain[]): Domain[][] {
  const byName = new Map(domains.map((entry) => [entry.domain, entry]));
  const heights = new Map<string, number>();
  const heightOf = (name: string, above: ReadonlySet<string>): number => {
    const known = heights.get(name);
    if (known !== undefined || above.has(name)) {
      return known ?? -1;
    }
    const path = new Set([...above, name]);
    const imports = byName.get(name)?.imports ?? [];
    const height = 1 + Math.max(-1, ...imports.map((found) => heightOf(found.domain, path)));
    heights.set(name, height);
    return height;
  };
  const columns: Domain[][] = [];
  for (const entry of domains) {
    const height = heightOf(entry.domain, new Set());
    columns[height] ??= [];
    columns[height].push(entry);
  }
  return Array.from(columns, (column) => column ?? []).reverse();
}

function arrow(
  places: ReadonlyMap<string, { x: number; y: number }>,
  { domain }: Domain,
  to: Domain["imports"][number],
  cyclic: ReadonlySet<string>,
): string {
  const [from, target] = [places.get(domain), places.get(to.domain)];
  if (from === undefined || target === undefined) {
    return "";
  }
  const [x1, y1] = [from.x + box.width, from.y + box.height / 2];
  const [x2, y2] = [target.x, target.y + box.height / 2];
  const bend = box.gapX / 2;
  const style = cyclic.has(domain) && cyclic.has(to.domain) ? ' class="cycle"' : "";
  return `<path${style} marker-end="url(#end)" d="M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}"><title>${escapeText(domain)} imports ${escapeText(to.domain)} (${to.count})</title></path>`;
}

function drawBox(
  { domain, package: name, files }: Domain,
  place: { x: number; y: number } = { x: 0, y: 0 },
): string {
  const { x, y } = place;
  const size = files === 0 ? "not in this workspace" : `${files} file${files === 1 ? "" : "s"}`;
  return `<rect x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="6"${files === 0 ? ' class="outside"' : ""}/><text x="${x + 10}" y="${y + 19}">${escapeText(domain)}</text><text class="small" x="${x + 10}" y="${y + 36}">${escapeText([...(name === undefined ? [] : [name]), size].join(", "))}</text>`;
}

function escapeText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
