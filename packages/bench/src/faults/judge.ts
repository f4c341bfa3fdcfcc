/** What came of a case, judged: every promise that was not kept, in words. */

/** How a command ended, and all that it printed. */
export interface Ended {
  /** Exit code; undefined where it was killed since it did not end. */
  readonly code: number | undefined;
  readonly text: string;
}

export interface Outcome {
  /** How often the fault was met. */
  readonly hits: number;
  /** The command that met the fault. */
  readonly first: Ended;
  /** The same once more, where the first did not succeed. */
  readonly second?: Ended;
  /** A preview with a refresh, after what is not a destroy. */
  readonly preview?: Ended;
  /** What state and services have not both, once. */
  readonly differences: readonly string[];
  /** What is left of the commands: processes, locks, operations that never ended. */
  readonly left: readonly string[];
}

export interface Expected {
  /** What an error has to name; none where a process was killed, since nobody may be left to say anything. */
  readonly cause?: RegExp;
  /** Values that nothing may print. */
  readonly secrets: readonly string[];
}

/** What says that an approval is asked for. */
const ASKS = /This would weaken/;
/** What tells a person what to do. */
const ADVICE = /run (this|it|the same command) again|\bFix:|\bnpx pulumi|\bnpm run/i;
/** Credentials by their form: those that the sandbox makes, as the services do. */
const CREDENTIALS = /\b(glpat|glcbt|glrt)-[\w-]{10,}|HRKU-[\w-]{10,}|-----BEGIN [A-Z ]*PRIVATE KEY/;

/** Promises that were not kept; none: the case has passed. */
export function problemsOf(outcome: Outcome, { cause, secrets }: Expected): string[] {
  const { first, second, preview } = outcome;
  const last = second ?? first;
  const runs = [first, second, preview].filter((run) => run !== undefined);
  const isFinished = last.code === 0;
  return [
    ...runs.flatMap(({ code }) => (code === undefined ? ["a command did not end"] : [])),
    ...(runs.some(({ text }) => ASKS.test(text)) ? ["an approval was asked for"] : []),
    ...(runs.some(({ text }) => isSecretIn(text, secrets)) ? ["a credential was printed"] : []),
    ...(first.code !== 0 && cause ? wordsMissing(first.text, cause) : []),
    ...(isFinished ? [] : [`the next command failed (${last.code}): ${endOf(last.text)}`]),
    ...(isFinished && preview && preview.code !== 0
      ? [`the preview is not empty: ${endOf(preview.text)}`]
      : []),
    ...outcome.differences,
    ...outcome.left,
  ];
}

function wordsMissing(text: string, cause: RegExp): string[] {
  return [
    ...(cause.test(text) ? [] : [`the error does not name its cause: ${endOf(text)}`]),
    ...(ADVICE.test(text) ? [] : [`the error does not say what to do: ${endOf(text)}`]),
  ];
}

/** Also in the form of a log-in. */
function isSecretIn(text: string, secrets: readonly string[]): boolean {
  const forms = secrets.flatMap((value) => [value, Buffer.from(value).toString("base64").replace(/=+$/, "")]);
  return CREDENTIALS.test(text) || forms.some((form) => text.includes(form));
}

/** The lines that tell an error, or else the last ones. */
export function endOf(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  const errors = lines.filter((line) => /error|fail|refuse/i.test(line));
  return (errors.length > 0 ? errors : lines.filter((line) => line !== ""))
    .slice(-3)
    .join(" / ")
    .slice(0, 600);
}
