import { escapeXml, text } from "./svg.ts";

/** A bar of several parts, in seconds. */
export interface Bar<Part extends string = string> {
  readonly name: string;
  readonly parts: ReadonlyArray<readonly [part: Part, seconds: number]>;
}

const width = 1240;
const margin = { left: 140, right: 90, top: 96, bottom: 40 };
const bar = { height: 34, gap: 18 };
const legend = { columns: 4, height: 22 };
const soft = "#5b6875";
/** Told apart by those who see colours differently, too: light and dark take turns. */
const colours = [
  ...["#9aa5b1", "#4c5a67", "#8fc1ff", "#1f6feb", "#b9a3ff", "#6b46c1"],
  ...["#f3b0c3", "#b42318", "#ffd58a", "#b7791f", "#7fd6a2"],
];

/** Bars of stacked parts, all to the same scale, as an SVG with a legend below. */
export function barsPlot(title: string, subtitle: string, bars: readonly Bar[]): string {
  const names = bars[0]?.parts.map(([name]) => name) ?? [];
  const total = ({ parts }: Bar) => parts.reduce((sum, [, seconds]) => sum + seconds, 0);
  const most = Math.max(...bars.map(total));
  const scale = (width - margin.left - margin.right) / most;
  const bottom = margin.top + bars.length * (bar.height + bar.gap);
  const height = bottom + Math.ceil(names.length / legend.columns) * legend.height + margin.bottom;
  const rows = bars.flatMap((one, row) => {
    const y = margin.top + row * (bar.height + bar.gap);
    let x = margin.left;
    const parts = one.parts.map(([name, seconds], index) => {
      const part = `<rect x="${round(x)}" y="${y}" width="${round(seconds * scale)}" height="${bar.height}" fill="${colours[index % colours.length]}"><title>${escapeXml(name)}: ${seconds.toFixed(1)} s</title></rect>`;
      x += seconds * scale;
      return part;
    });
    return [
      text(margin.left - 12, y + 22, one.name, { size: 13, anchor: "end" }),
      ...parts,
      text(round(x) + 8, y + 22, `${total(one).toFixed(1)} s`, { size: 13, weight: 600 }),
    ];
  });
  const keys = names.flatMap((name, index) => {
    const x = 32 + (index % legend.columns) * ((width - 64) / legend.columns);
    const y = bottom + 8 + Math.floor(index / legend.columns) * legend.height;
    return [
      `<rect x="${round(x)}" y="${y}" width="12" height="12" fill="${colours[index % colours.length]}"/>`,
      text(round(x) + 18, y + 11, name, { size: 12, colour: soft }),
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`,
    ` font-family="system-ui, 'DejaVu Sans', Arial, sans-serif" role="img" aria-label="${escapeXml(title)}">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    text(32, 38, title, { size: 22, weight: 600 }),
    text(32, 62, subtitle, { size: 13, colour: soft }),
    ...rows,
    ...keys,
    "</svg>\n",
  ].join("\n");
}

const round = (value: number) => Math.round(value * 10) / 10;
