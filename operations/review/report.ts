/** A review as text, as Markdown for a merge request, and as JSON. */
import { styleText } from "node:util";
import type { Format } from "@tag-to-endpoint/command-line";
import type { Rank } from "../../lib/kinds/comparers.ts";
import { asText } from "../../lib/text/markdown.ts";
import type { Review } from "./judge.ts";
import { gaps, grouped, rankWords, restWords, verdictWords } from "./words.ts";

export interface Reported {
  readonly stack: string;
  readonly review: Review;
  readonly fingerprint: string;
  /** Whether exactly this is approved. */
  readonly approved: boolean;
  /** Options of the preview, that approval and `up` need as well. */
  readonly options: readonly string[];
  /** What is reviewed (default: `up`). */
  readonly operation?: "up" | "destroy";
}

export function report(format: Format, reported: Reported, colour: boolean): string {
  if (format === "json") return json(reported);
  return format === "markdown" ? markdown(reported) : text(reported, colour);
}

/** Digits of a fingerprint that stand for all of it. */
export const shortLength = 12;

const gapWords = "Replaced by deleting the old one first. Until the new one is there:";

const colours = { weaker: "red", unclear: "yellow", stronger: "green", neutral: "gray" } as const;

/** Lines of the findings, the rank in front. */
export function findingLines(review: Review, colour: boolean, ranks?: readonly Rank[]): string[] {
  const groups = grouped(review.findings).filter(({ rank }) => !ranks || ranks.includes(rank));
  return groups.map(({ rank, mark, what, change }) => {
    const padded = mark.padEnd(9);
    const head = colour ? styleText(colours[rank], padded, { validateStream: false }) : padded;
    return `${head} ${what}: ${change}`;
  });
}

function text(reported: Reported, colour: boolean): string {
  const { stack, review } = reported;
  const rest = restWords(review.rest);
  const open = gaps(review.findings);
  const lines = [
    verdictWords(stack, review),
    ...(review.findings.length > 0 ? ["", ...findingLines(review, colour)] : []),
    ...legend(review),
    ...(open.length > 0 ? ["", gapWords, ...open.map((line) => `  ${line}`)] : []),
    ...(rest ? ["", `Also: ${rest}`] : []),
    ...(review.warnings.length > 0 ? ["", ...review.warnings.map((line) => `Warning: ${line}`)] : []),
    ...refusalLines(review),
    ...(review.weaker && review.refusals.length === 0 ? ["", approvalWords(reported)] : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** What `WEAKER?` means. */
function legend({ findings }: Review): string[] {
  const isUnclear = findings.some(({ rank }) => rank === "unclear");
  return isUnclear
    ? ["", `${rankWords.unclear} may be weaker: no rule knows, so somebody has to look at it.`]
    : [];
}

const refusalWords = "The policy refuses this, and no approval changes that:";

/** What the policy refuses, after an empty line; nothing where it refuses nothing. */
export function refusalLines({ refusals }: Review): string[] {
  if (refusals.length === 0) return [];
  const told = refusals.flatMap(([rule, ...said]) => [`  ${rule}`, ...said.map((line) => `    ${line}`)]);
  return ["", refusalWords, ...told];
}

/** How it stands with the approval of what is weaker, and what to do. */
export function approvalWords({ approved, fingerprint, options, operation = "up" }: Reported): string {
  const short = fingerprint.slice(0, shortLength);
  if (approved) return `Approved: \`npx pulumi ${operation}\` does exactly this (${short}).`;
  const isDestroy = operation === "destroy" ? ["--destroy"] : [];
  const words = [`npm run review -- --approve=${short}`, ...isDestroy, ...options.map(quoted)].join(" ");
  return `Not approved: \`npx pulumi ${operation}\` refuses it. To approve exactly this: ${words}`;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function markdown(reported: Reported): string {
  const { stack, review } = reported;
  const groups = grouped(review.findings);
  const rest = restWords(review.rest);
  const open = gaps(review.findings);
  const lines = [
    `### ${review.weaker ? ":warning: " : ""}${cell(verdictWords(stack, review))}`,
    ...(groups.length > 0 ? ["", "| | What | Change |", "|---|---|---|"] : []),
    ...groups.map(({ rank, mark, what, change }) => {
      const strong = rank === "weaker" || rank === "unclear" ? `**${mark}**` : mark;
      return `| ${strong} | ${cell(what)} | ${cell(change)} |`;
    }),
    ...legend(review),
    ...(open.length > 0 ? ["", gapWords, "", ...open.map((line) => `- ${cell(line)}`)] : []),
    ...(rest ? ["", `Also: ${cell(rest)}`] : []),
    ...(review.warnings.length > 0 ? ["", ...review.warnings.map((line) => `- Warning: ${cell(line)}`)] : []),
    ...(review.refusals.length > 0
      ? ["", refusalWords, "", "```", ...refusalLines(review).slice(2), "```"]
      : []),
    ...(review.weaker && review.refusals.length === 0
      ? ["", cell(approvalWords(reported)).replaceAll("\\`", "`")]
      : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** Words in Markdown, with `->` as an arrow. */
function cell(words: string): string {
  return asText(words.replaceAll("->", "→"));
}

function json({ stack, review, fingerprint, approved }: Reported): string {
  const { changes: _, ...told } = review;
  return `${JSON.stringify({ stack, approved, fingerprint, ...told }, undefined, 2)}\n`;
}
