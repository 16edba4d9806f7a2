/** A measured series: seconds by number of files. */
export interface Series {
  readonly name: string;
  readonly color: string;
  readonly points: readonly (readonly [files: number, seconds: number])[];
}

const width = 640;
const height = 360;
const margin = { left: 60, right: 110, top: 20, bottom: 40 };

/** Draws series over the number of files, seconds on a logarithmic axis. */
export function drawCurve(series: readonly Series[]): string {
  const all = series.flatMap((entry) => entry.points);
  const maxFiles = Math.max(...all.map(([files]) => files));
  const low = Math.floor(Math.log10(Math.min(...all.map(([, seconds]) => seconds))));
  const high = Math.ceil(Math.log10(Math.max(...all.map(([, seconds]) => seconds))));
  const x = (files: number) => margin.left + (files / maxFiles) * (width - margin.left - margin.right);
  const y = (seconds: number) =>
    height -
    margin.bottom -
    ((Math.log10(seconds) - low) / (high - low)) * (height - margin.top - margin.bottom);
  const text = (at: [number, number], anchor: string, content: string, color = "#57606a") =>
    `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" text-anchor="${anchor}" fill="${color}">${content}</text>`;
  const ticks = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
  const parts = [
    ...ticks.flatMap((seconds) => [
      `<line x1="${margin.left}" x2="${width - margin.right}" y1="${y(seconds).toFixed(1)}" y2="${y(seconds).toFixed(1)}" stroke="#d0d7de"/>`,
      text([margin.left - 8, y(seconds) + 4], "end", `${seconds} s`),
    ]),
    ...(series[0]?.points ?? []).map(([files]) => text([x(files), height - 20], "middle", String(files))),
    text([(width - margin.right + margin.left) / 2, height - 4], "middle", ".proto files"),
    ...series.flatMap(({ name, color, points }) => {
      const line = points
        .map(([files, seconds]) => `${x(files).toFixed(1)},${y(seconds).toFixed(1)}`)
        .join(" ");
      const [files, seconds] = points.at(-1) ?? [0, 1];
      return [
        `<polyline points="${line}" fill="none" stroke="${color}" stroke-width="2"/>`,
        ...points.map(
          ([f, s]) => `<circle cx="${x(f).toFixed(1)}" cy="${y(s).toFixed(1)}" r="3" fill="${color}"/>`,
        ),
        text([x(files) + 8, y(seconds) + 4], "start", name, color),
      ];
    }),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">\n<title>Seconds by number of .proto files</title>\n<rect width="100%" height="100%" fill="#ffffff"/>\n${parts.join("\n")}\n</svg>\n`;
}
