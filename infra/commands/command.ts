import { HIDDEN, mayHoldCredential } from "../../lib/credentials/patterns.ts";

/** Value of a variable that the stack hands over; secrets come this way too, never as arguments. */
export function variable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; the stack runs this program with it`);
  return value;
}

/** What an earlier run of the command printed has a credential in it, too. */
const mayHold = (name: string) => mayHoldCredential(name) || name.startsWith("PULUMI_COMMAND_STD");

/** A shorter value would hide ordinary words. */
const SHORTEST = 8;

/**
 * A text without the credentials that this process was given: what a service or a tool says in an error may repeat
 * what it was sent, and Pulumi shows and keeps errors as they are.
 */
export function withoutCredentials(text: string, env: NodeJS.ProcessEnv = process.env): string {
  const values = Object.entries(env)
    .filter(([name]) => mayHold(name))
    .flatMap(([, value = ""]) => [value, ...[...value.matchAll(/"([^"\\]+)"/g)].map(([, part = ""]) => part)])
    .filter((value) => value.length >= SHORTEST)
    .sort((a, b) => b.length - a.length);
  // A log-in that is sent as `Basic` is the credential, too.
  const holds = (word: string) =>
    values.some((value) => Buffer.from(word, "base64").toString("utf8").includes(value));
  const decoded = text.replace(/[\w+/-]{12,}={0,2}/g, (word) => (holds(word) ? HIDDEN : word));
  return values.reduce((rest, value) => rest.replaceAll(value, HIDDEN), decoded);
}

/** Runs a command of the stack: prints its result as JSON, or what went wrong and nothing else. */
export async function main(work: () => Promise<unknown>): Promise<void> {
  try {
    process.stdout.write(JSON.stringify(await work()));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${withoutCredentials(message)}\n`);
    process.exitCode = 1;
  }
}
