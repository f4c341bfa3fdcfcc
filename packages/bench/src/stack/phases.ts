/** What the processes of a Pulumi command are, by their command lines. */
import type { ProcessSpan } from "./processes.ts";

/** A process and what it is in the words of the report. */
export interface Phase extends ProcessSpan {
  readonly name: string;
  readonly group: Group;
}

/** The groups of the breakdown, in the order of the report. */
export const groups = ["launcher", "engine", "gate", "program", "policy", "plugins", "commands"] as const;
export type Group = (typeof groups)[number];

interface Rule {
  readonly group: Group;
  /** Matches the command line, its words joined by spaces. */
  readonly line: RegExp;
  /** The name in the report; `$1` is what the pattern has in its parentheses. */
  readonly name: string;
}

/** The first one that matches counts. */
const rules: readonly Rule[] = [
  { group: "plugins", line: /(?:start-|pulumi-resource-)(\w+)/, name: "plugin $1" },
  { group: "policy", line: /cmd\/run-policy-pack/, name: "policy pack" },
  { group: "program", line: /cmd\/run\/index\.js/, name: "program" },
  { group: "program", line: /pulumi-language-nodejs|language-host/, name: "language host" },
  { group: "commands", line: /infra\/commands\/([\w-]+)\.ts/, name: "command $1" },
  { group: "gate", line: /bin\/pulumi (preview) --json/, name: "pulumi $1, of the gate" },
  { group: "gate", line: /bin\/pulumi (stack \w+)/, name: "pulumi $1, of the gate" },
  { group: "launcher", line: /pulumi\.mjs|node_modules\/\.bin\/pulumi/, name: "launcher" },
  { group: "engine", line: /bin\/pulumi (\w+)/, name: "pulumi $1" },
  { group: "commands", line: /^(?:\S*\/)?(git|docker|ssh|curl)\b/, name: "$1" },
];

/** The processes that the report tells of, named. Those below the engine's plugins and commands are part of these. */
export function phasesOf(spans: readonly ProcessSpan[]): Phase[] {
  return spans.flatMap((span) => {
    const line = span.words.join(" ");
    const rule = rules.find((one) => one.line.test(line));
    if (!rule) return [];
    const name = rule.name.replace("$1", rule.line.exec(line)?.[1] ?? "");
    return [{ ...span, name, group: rule.group }];
  });
}

/** Processor time of each group, in milliseconds. */
export function costs(phases: readonly Phase[]): Record<Group, number> {
  const sums = Object.fromEntries(groups.map((group) => [group, 0])) as Record<Group, number>;
  for (const { group, cpu } of phases) sums[group] += cpu;
  return sums;
}
