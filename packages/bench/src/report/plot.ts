import { describeTarget, type Figure, format, judge, ratioText } from "../figures.ts";
import { escapeXml, text } from "./svg.ts";

const panel = { width: 404, height: 128, gap: 20 };
const columns = 3;
const margin = { left: 32, top: 84, bottom: 56 };
const bar = { left: 76, width: 176, height: 20 };
const colours = {
  chapter: "#9aa5b1",
  ours: "#1f6feb",
  text: "#1b2733",
  soft: "#5b6875",
  good: "#137a3b",
  bad: "#b42318",
};

/** The figures that have a target as an SVG of small multiples: a panel each, a bar for either image. */
export function figuresPlot(title: string, subtitle: string, figures: Figure[]): string {
  const shown = figures.filter((figure) => figure.target !== undefined);
  const lines = Math.ceil(shown.length / columns);
  const width = margin.left * 2 + columns * panel.width + (columns - 1) * panel.gap;
  const height = margin.top + lines * (panel.height + panel.gap) + margin.bottom - panel.gap;
  const panels = shown.map((figure, index) => {
    const x = margin.left + (index % columns) * (panel.width + panel.gap);
    const y = margin.top + Math.floor(index / columns) * (panel.height + panel.gap);
    return `<g transform="translate(${x} ${y})">${onePanel(figure)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`,
    ` font-family="system-ui, 'DejaVu Sans', Arial, sans-serif" role="img" aria-label="${escapeXml(title)}">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    text(margin.left, 38, title, { size: 22, weight: 600 }),
    text(margin.left, 62, subtitle, { size: 13, colour: colours.soft }),
    ...panels,
    text(margin.left, height - 22, "Thin lines: smallest to largest round. Dashed line: the target.", {
      size: 12,
      colour: colours.soft,
    }),
    "</svg>\n",
  ].join("\n");
}

function onePanel(figure: Figure): string {
  const { chapter, ours, ratio, reached } = judge(figure);
  const { target } = figure;
  if (target === undefined) return "";
  const limit =
    target.kind === "ours"
      ? target.below
      : chapter.median * ("atMost" in target ? target.atMost : target.atLeast);
  const most = Math.max(chapter.max, ours.max, limit);
  const x = (value: number) => bar.left + (Math.max(value, 0) / most) * bar.width;
  const rows = [
    { name: "chapter", summary: chapter, y: 44, colour: colours.chapter },
    { name: "ours", summary: ours, y: 72, colour: colours.ours },
  ];
  const verdict = `${describeTarget(target, figure.unit)}: ${reached ? "reached" : "missed"}`;
  const times = figure.unit === "percent" ? "" : `${ratioText(ratio)} × the chapter's; `;
  return [
    `<rect width="${panel.width}" height="${panel.height}" rx="8" fill="#f6f8fa"/>`,
    text(14, 24, `${figure.group}: ${figure.name}`, { size: 13, weight: 600 }),
    ...rows.flatMap(({ name, summary, y, colour }) => [
      text(14, y + 15, name, { size: 12, colour: colours.soft }),
      `<rect x="${bar.left}" y="${y}" width="${round(x(summary.median) - bar.left)}" height="${bar.height}" rx="2" fill="${colour}"/>`,
      `<line x1="${round(x(summary.min))}" x2="${round(x(summary.max))}" y1="${y + 10}" y2="${y + 10}" stroke="${colours.text}" stroke-width="1.5"/>`,
      text(bar.left + bar.width + 8, y + 15, format(summary.median, figure.unit), { size: 12 }),
    ]),
    `<line x1="${round(x(limit))}" x2="${round(x(limit))}" y1="68" y2="96" stroke="${colours.text}" stroke-width="1.5" stroke-dasharray="3 2"/>`,
    text(14, 116, `${times}${verdict}`, {
      size: 12,
      weight: 600,
      colour: reached ? colours.good : colours.bad,
    }),
  ].join("\n");
}

const round = (value: number) => Math.round(value * 10) / 10;
