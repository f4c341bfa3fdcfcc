/**
 * `npm run drift [-- --stack NAME] [--format text|json|markdown] [--output FILE]`: what was changed outside.
 * Exit code 0: nothing; 2: something; 1: it could not be found out. Nothing is changed, the state neither.
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { Account } from "../../infra/config/config.ts";
import { nameIn } from "../../lib/pulumi/urn.ts";
import { FORMATS, type Format, formatNamed } from "../cli/report-format.ts";
import { stackName } from "../cli/run-pulumi.ts";
import { changesOf, unreadableValues } from "./changes.ts";
import { plain, refreshSteps, type StoredResource, storedResources } from "./engine.ts";
import { extraConfigVars, revokedAuthorizations } from "./heroku.ts";
import { notTheStacks } from "./outside.ts";
import { redact } from "./redact.ts";
import { hasDrift, type Report, render } from "./report.ts";

const USAGE = `What was changed in GitLab and Heroku outside the stack, and how to put it back.

  npm run drift -- [--stack NAME] [--format text|json|markdown] [--output FILE]

Exit code 0: no drift; 2: drift; 1: it could not be found out.
`;

const CODES = { same: 0, failed: 1, drift: 2 };

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`drift: ${redact(error instanceof Error ? error.message : String(error))}\n`);
  process.exitCode = CODES.failed;
}

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      stack: { type: "string", short: "s" },
      format: { type: "string", default: "text" },
      output: { type: "string", short: "o" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return CODES.same;
  }
  const format = formatOf(values.format);
  const report = await look(await stackName(values.stack));
  // A file has the report alone; npm and set-up speak on standard output, too.
  if (values.output !== undefined) await writeFile(values.output, render(report, format));
  process.stdout.write(render(report, format));
  return hasDrift(report) ? CODES.drift : CODES.same;
}

function formatOf(given: string): Format {
  const found = formatNamed(given);
  if (found) return found;
  throw new Error(`--format ${given} is unknown; allowed: ${FORMATS.join(", ")}`);
}

/** One look at everything that the stack has, with the credentials that are in its state. */
async function look(stack: string): Promise<Report> {
  const steps = await refreshSteps(stack);
  const stored = await storedResources(stack);
  if (stored.length === 0) throw new Error(`stack ${stack} is empty; \`npx pulumi up\` fills it`);
  const heroku = account(stored, "heroku", "url", "apiKey");
  const gitlab = account(stored, "gitlab", "baseUrl", "token");
  const { findings, notes } = await notTheStacks(steps, gitlab);
  const unreadable = unreadableValues(steps);
  return {
    stack,
    drift: [...changesOf(steps, stack), ...(await revokedAuthorizations(stored, heroku, stack))],
    outside: [...findings, ...(await extraConfigVars(steps, heroku))],
    notes: [
      ...notes,
      ...(unreadable.length > 0
        ? [
            `GitLab gives no value of hidden variables back, so these values were not compared: ${unreadable.join(", ")}`,
          ]
        : []),
    ],
  };
}

/** The account that the state's provider uses: what the refresh used, too. */
function account(stored: readonly StoredResource[], name: string, urlKey: string, tokenKey: string): Account {
  const provider = stored.find(
    ({ type, urn }) => type === `pulumi:providers:${name}` && nameIn(urn) === name,
  );
  const url = plain(provider?.inputs[urlKey]);
  const token = plain(provider?.inputs[tokenKey]);
  if (url && token) return { url, token };
  throw new Error(
    `the state has no provider ${name} with ${urlKey} and ${tokenKey}; \`npx pulumi up\` writes it`,
  );
}
