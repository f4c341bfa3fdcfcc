/**
 * `npm run drift [-- --stack NAME] [--format text|json|markdown] [--output FILE]`: what was changed outside.
 * Exit code 0: nothing; 2: something; 1: it could not be found out. Nothing is changed, the state neither.
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { redact } from "../../lib/credentials/patterns.ts";
import type { Account } from "../../lib/http/account.ts";
import { types } from "../../lib/pulumi/types.ts";
import { nameIn } from "../../lib/pulumi/urn.ts";
import { FORMATS, type Format, formatNamed } from "../cli/report-format.ts";
import { stackName } from "../cli/run-pulumi.ts";
import { revokedAuthorizations } from "./authorizations.ts";
import { plain, refreshSteps, type StoredResource, storedResources } from "./engine.ts";
import { hasDrift, type Report, render } from "./report.ts";
import { driftedResources, unreadableValues } from "./resources.ts";
import { unmanagedIn } from "./unmanaged/checks.ts";

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
  const report = await compared(await stackName(values.stack));
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

/** Compares everything that the stack has with the services, by the credentials that are in its state. */
async function compared(stack: string): Promise<Report> {
  const steps = await refreshSteps(stack);
  const stored = await storedResources(stack);
  if (stored.length === 0) throw new Error(`stack ${stack} is empty; \`npx pulumi up\` fills it`);
  const accounts = {
    gitlab: account(stored, types.gitlab.provider, "baseUrl", "token"),
    heroku: account(stored, types.heroku.provider, "url", "apiKey"),
  };
  const { unmanaged, notes } = await unmanagedIn(steps, accounts);
  const unreadable = unreadableValues(steps);
  return {
    stack,
    drift: [
      ...driftedResources(steps, stack),
      ...(await revokedAuthorizations(stored, accounts.heroku, stack)),
    ],
    unmanaged,
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
function account(stored: readonly StoredResource[], type: string, urlKey: string, tokenKey: string): Account {
  const name = type.split(":").at(-1) ?? "";
  const provider = stored.find((one) => one.type === type && nameIn(one.urn) === name);
  const url = plain(provider?.inputs[urlKey]);
  const token = plain(provider?.inputs[tokenKey]);
  if (url && token) return { url, token };
  throw new Error(
    `the state has no provider ${name} with ${urlKey} and ${tokenKey}; \`npx pulumi up\` writes it`,
  );
}
