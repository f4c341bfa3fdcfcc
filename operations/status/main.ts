/**
 * `npm run status [-- --json] [--stack <name>]`: what of the stack answers and how long its credentials live.
 * Exit code 2 when something does not answer, or a credential is missing or near its end.
 */
import { parseArgs } from "node:util";
import { openStack, run } from "../cli/stack.ts";
import { readStatus, type Status, warningsOf } from "./status.ts";

await run(async () => {
  const { values } = parseArgs({
    options: { json: { type: "boolean", default: false }, stack: { type: "string" } },
  });
  const status = await readStatus(await openStack(values.stack));
  const warnings = warningsOf(status);
  process.stdout.write(
    values.json ? `${JSON.stringify({ ...status, warnings }, undefined, 2)}\n` : text(status, warnings),
  );
  return warnings.length > 0 ? 2 : 0;
});

function text({ stack, addresses, models, credentials }: Status, warnings: readonly string[]): string {
  const rows = [
    `Stack ${stack}`,
    ...Object.entries(addresses).map(([what, url]) => `  ${what.padEnd(20)} ${url}`),
    "Models",
    ...models.map(
      ({ name, version, answers }) =>
        `  ${name.padEnd(20)} ${version.padEnd(9)} ${answers ? "answers" : "DOES NOT ANSWER"}`,
    ),
    "Credentials",
    ...credentials.map(({ what, end, daysLeft }) =>
      end === undefined
        ? `  ${what}: MISSING`
        : `  ${what}: ${daysLeft} days left, until ${end.slice(0, 10)}`,
    ),
    ...(warnings.length > 0 ? ["Warnings", ...warnings.map((warning) => `  ${warning}`)] : []),
  ];
  return `${rows.join("\n")}\n`;
}
