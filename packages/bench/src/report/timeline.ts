import type { Group, Phase } from "../stack/phases.ts";
import { text } from "./svg.ts";

/** A command and the processes that ran for it. */
export interface Timeline {
  readonly title: string;
  /** Wall-clock time of the whole command, in milliseconds. */
  readonly wall: number;
  readonly phases: readonly Phase[];
}

const colours: Record<Group, string> = {
  launcher: "#9aa5b1",
  engine: "#1f6feb",
  gate: "#8250df",
  program: "#137a3b",
  policy: "#bf8700",
  plugins: "#0a7ea4",
  commands: "#b42318",
};
const row = { height: 20, bar: 14 };
const margin = { left: 250, right: 90, top: 44, bottom: 28 };
const scale = 720;
/** Processes that lived shorter are left out of the picture; they stay in the sums. */
const SHORTEST_MS = 50;

/** A picture of commands, one below the other: a line for each process, from its start to its end. */
export function timelinePlot(timelines: readonly Timeline[]): string {
  const longest = Math.max(...timelines.map(({ wall }) => wall));
  const parts: string[] = [];
  let top = 16;
  for (const timeline of timelines) {
    const shown = timeline.phases.filter(({ from, to }) => to - from >= SHORTEST_MS);
    const height = margin.top + shown.length * row.height + margin.bottom;
    parts.push(`<g transform="translate(0 ${top})">${oneTimeline(timeline, shown, longest)}</g>`);
    top += height;
  }
  const width = margin.left + scale + margin.right;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top}" viewBox="0 0 ${width} ${top}"`,
    ` font-family="system-ui, 'DejaVu Sans', Arial, sans-serif" role="img" aria-label="Where the time of a stack goes">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

function oneTimeline({ title, wall }: Timeline, shown: readonly Phase[], longest: number): string {
  const x = (milliseconds: number) => margin.left + (milliseconds / longest) * scale;
  const bottom = margin.top + shown.length * row.height;
  const seconds = Array.from({ length: Math.floor(wall / 1000) + 1 }, (_, second) => second);
  const grid = seconds.flatMap((second) => [
    `<line x1="${round(x(second * 1000))}" x2="${round(x(second * 1000))}" y1="${margin.top - 6}" y2="${bottom}" stroke="#d8dee4"/>`,
    ...(second % labelStep(longest) === 0
      ? [text(round(x(second * 1000) + 3), bottom + 12, `${second} s`, { size: 10, colour: "#5b6875" })]
      : []),
  ]);
  const bars = shown.flatMap(({ name, group, from, to, cpu }, index) => {
    const y = margin.top + index * row.height;
    const width = Math.max(1, round(x(to) - x(from)));
    return [
      text(margin.left - 8, y + 11, name, { size: 12, anchor: "end" }),
      `<rect x="${round(x(from))}" y="${y}" width="${width}" height="${row.bar}" rx="2" fill="${colours[group]}"/>`,
      text(round(x(to) + 4), y + 11, `${(cpu / 1000).toFixed(2)} s cpu`, { size: 10, colour: "#5b6875" }),
    ];
  });
  return [
    text(16, 24, `${title}: ${(wall / 1000).toFixed(2)} s`, { size: 16, weight: 600 }),
    ...grid,
    ...bars,
  ].join("\n");
}

/** Seconds between two labels of the axis, so that they do not run into each other. */
function labelStep(longest: number): number {
  return Math.max(1, Math.ceil(longest / 1000 / 20));
}

const round = (value: number) => Math.round(value * 10) / 10;
