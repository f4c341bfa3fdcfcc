/** An update that would change nothing, not even the state: its review has seen that already, so it is not run again. */
import { commandIn, isUpdate, ownWords } from "./pulumi-words.ts";

/** What a review saw of a stack of which nothing would change. */
export interface Unchanged {
  readonly resources: number;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
}

/** Options by which an update that changes nothing does nothing, and shows what `unchangedWords` shows. */
const PLAIN = new Set([
  "--yes",
  "-y",
  "--skip-preview",
  "-f",
  "--non-interactive",
  "--expect-no-changes",
  "--suppress-outputs",
]);
const PLAIN_VALUED = /^(--stack|-s|--color)(=|$)/;

/** Whether a command line asks for an update and nothing beside it: no log, no message, no refresh. */
export function isPlainUpdate(args: readonly string[]): boolean {
  const own = ownWords(args);
  return (
    isUpdate(commandIn(args)) &&
    own.some((word) => word === "--yes" || word === "-y") &&
    own.every((word) => PLAIN.has(word) || PLAIN_VALUED.test(word) || isUpdate(word)) &&
    !args.includes("--")
  );
}

/** The words for it, in the form that Pulumi gives them. */
export function unchangedWords(
  stack: string,
  { resources, outputs, warnings }: Unchanged,
  args: readonly string[],
): string {
  const width = Math.max(0, ...Object.keys(outputs).map(({ length }) => length));
  const lines = Object.entries(outputs).map(
    ([name, value]) =>
      `    ${name.padEnd(width)}: ${JSON.stringify(value, undefined, 4).replaceAll("\n", "\n    ")}`,
  );
  const shown = args.includes("--suppress-outputs") || lines.length === 0 ? [] : ["Outputs:", ...lines, ""];
  return [
    `Updating (${stack}): nothing to do. The review's preview leaves everything as it is.`,
    "",
    ...(warnings.length > 0 ? [...warnings.map((warning) => `Warning: ${warning}`), ""] : []),
    ...shown,
    "Resources:",
    `    ${resources} unchanged`,
    "",
  ].join("\n");
}
