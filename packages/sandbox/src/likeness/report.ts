import type { Format } from "@tag-to-endpoint/command-line";
import type { Problem } from "./compare.ts";
import type { Score } from "./score.ts";

/** The report on a score, in one of the forms that reports have. */
export function render(format: Format, score: Score): string {
  if (format === "json") return `${JSON.stringify(asData(score), undefined, 2)}\n`;
  return format === "markdown" ? asMarkdown(score) : asText(score);
}

function asData({ lines, explained, unexplained, unused, compared, tested }: Score) {
  return {
    compared,
    tested,
    totals: totals(lines),
    operations: lines,
    unexplained,
    unused,
    explained: [...explained].map(([problem, { source, reason }]) => ({ ...problem, source, reason })),
  };
}

function totals(lines: Score["lines"]) {
  const count = (is: (line: Score["lines"][number]) => boolean | undefined) => lines.filter(is).length;
  return {
    operations: lines.length,
    described: count(({ described }) => described === "yes" || described === "page"),
    recorded: count(({ recorded }) => recorded),
    exercised: count(({ clients }) => clients.length > 0),
    agreed: count(({ agreed }) => agreed),
  };
}

const COLUMNS = ["operation", "described", "recorded", "exercised by", "agreed"] as const;

function rows({ lines }: Score): string[][] {
  const mark = (is: boolean | undefined) => (is === undefined ? "?" : is ? "yes" : "no");
  return lines.map(({ service, operation, described, recorded, clients, agreed }) => [
    `${service} ${operation}`,
    described ?? "?",
    mark(recorded),
    clients.join(", ") || "nobody",
    mark(agreed),
  ]);
}

const inWords = ({ service, operation, kind, at, text }: Problem) =>
  `${service} ${operation}: ${kind}${at === "" ? "" : ` at ${at}`}: ${text}`;

/** What is to be said below the table. */
function sections(score: Score): [title: string, lines: string[]][] {
  const { lines, explained, unexplained, unused, compared, tested } = score;
  const { operations, ...parts } = totals(lines);
  const percent = (part: number) => `${part} of ${operations} (${((100 * part) / operations).toFixed(1)} %)`;
  const shown = Object.entries(parts).filter(([name]) => compared || name === "exercised");
  const byReason = Map.groupBy(explained, ([, exception]) => exception);
  const exceptions = [...byReason].map(
    ([{ reason, source }, problems]) => `${problems.length} x ${reason} (${source})`,
  );
  const notes = [
    ...(compared
      ? []
      : ["Not compared with the services' own descriptions: --contracts names no folder of them."]),
    ...(tested ? [] : ["No test has recorded anything: `npm test` does."]),
  ];
  const all: [string, string[]][] = [
    ["Totals", shown.map(([name, part]) => `${name.padEnd(9)} ${percent(part)}`)],
    ["Exceptions", exceptions],
    ["Not explained", unexplained.map(inWords)],
    ["Exceptions that nothing needs any more", [...unused]],
    ["Note", notes],
  ];
  return all.filter(([, list]) => list.length > 0);
}

function asText(score: Score): string {
  const table = [[...COLUMNS], ...rows(score)];
  const widths = COLUMNS.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const below = sections(score).flatMap(([title, list]) => [
    "",
    `${title}:`,
    ...list.map((line) => `  ${line}`),
  ]);
  return `${[...lines, ...below].join("\n")}\n`;
}

function asMarkdown(score: Score): string {
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const table = [row(COLUMNS), row(COLUMNS.map(() => "---")), ...rows(score).map(row)];
  const below = sections(score).flatMap(([title, list]) => [
    "",
    `## ${title}`,
    "",
    ...list.map((line) => `- ${line}`),
  ]);
  return `${["# Likeness of the sandbox", "", ...table, ...below].join("\n")}\n`;
}
