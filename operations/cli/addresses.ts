/**
 * The addresses that a stack's credentials would be sent to, looked at before any program that sends one is started. The
 * program itself looks as well, whatever starts it (infra/guard/check-addresses.ts).
 */
import { accounts } from "../../infra/config/accounts.ts";
import { problemText } from "../../infra/config/problem-text.ts";
import {
  type Applied,
  addressProblem,
  appliedIn,
  type Destination,
  destinationsOf,
  ENGINE,
  firstUses,
  UNAPPROVED,
  unapprovedIn,
} from "../../infra/guard/addresses.ts";
import { approvedAddresses } from "../../lib/consent/addresses.ts";
import { storedIn } from "../../lib/pulumi/stored.ts";
import { root } from "../../lib/repository.ts";
import { type Exported, exportedOnce } from "./exported.ts";
import { readVariables } from "./launch.ts";
import { settingsIn, shortName } from "./pulumi-words.ts";
import { stackFile } from "./stack-file.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const OFFICIAL_REGISTRY = "registry.heroku.com";

/** What is official: the first update of a stack needs no word about these. */
const official = [accounts["gitlab:baseUrl"].fallback, accounts["heroku:url"].fallback, OFFICIAL_REGISTRY];

/**
 * What to tell a person where a command of a stack would send a credential to an address that nobody approved; undefined
 * where it would not. Nothing is sent to find it out.
 * @param args the command line, which may change settings
 */
export async function refusedAddresses(
  stack: string,
  args: readonly string[],
  exported = exportedOnce(stack),
): Promise<string | undefined> {
  if (stack === "") return undefined;
  const wanted = destinations(stack, args, { ...readVariables(root, stack), ...process.env });
  const applied = await appliedOf(exported);
  // Pulumi itself says what is wrong where there is no such stack.
  if (applied === undefined) return undefined;
  tellFirstUses(wanted, applied);
  const problems = unapprovedIn(wanted, applied, approvedAddresses(root, shortName(stack))).map(
    addressProblem,
  );
  if (problems.length === 0) return undefined;
  return problemText(UNAPPROVED, problems);
}

/** The settings win over variables, as in infra/config. An encrypted address is left to the program. */
function destinations(stack: string, args: readonly string[], env: Environment): Destination[] {
  const settings: Readonly<Record<string, unknown>> = {
    ...stackFile(stack, args).config,
    ...settingsIn(args),
  };
  const one = (setting: string, variable: string, fallback: string) => {
    const given = settings[setting];
    if (given !== undefined) return typeof given === "string" ? given : undefined;
    return env[variable] || fallback;
  };
  const { "gitlab:baseUrl": gitlab, "heroku:url": heroku } = accounts;
  return destinationsOf({
    "gitlab:baseUrl": one("gitlab:baseUrl", gitlab.variable, gitlab.fallback),
    "heroku:url": one("heroku:url", heroku.variable, heroku.fallback),
    "mlops:herokuRegistry": one("mlops:herokuRegistry", "HEROKU_REGISTRY", OFFICIAL_REGISTRY),
    [ENGINE]: settings["mlops:firstRelease"] === "pipeline" ? undefined : env.DOCKER_HOST || undefined,
  });
}

async function appliedOf(exported: Exported): Promise<Applied | undefined> {
  const { code, stdout } = await exported();
  const resources = code === 0 ? storedIn(stdout) : undefined;
  return resources && appliedIn(resources);
}

/** On the first update of a stack what is set is the operator's own word: it is said where it goes. */
function tellFirstUses(wanted: readonly Destination[], applied: Applied): void {
  for (const { setting, address, credential } of firstUses(wanted, applied, official))
    process.stderr.write(`First use of ${address} (${setting}): ${credential} is sent there.\n`);
}
