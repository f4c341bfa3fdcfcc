/** What a stack says of itself, through Pulumi's own commands and past the guard. */
import { type ConfigSource, readConfig, type StackConfig } from "../../infra/config/config.ts";
import { checkAddresses } from "../../infra/guard/check-addresses.ts";
import { endOf } from "../../lib/process/run.ts";
import { storedIn } from "../../lib/pulumi/stored.ts";
import { root } from "../../lib/repository.ts";
import { readVariables } from "./launch.ts";
import { shortName } from "./pulumi-words.ts";
import { pulumi } from "./run-pulumi.ts";

/** Runs `pulumi` on a stack and returns what it prints. @throws with the end of its error output */
export async function readStack(name: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await pulumi([...args, "--stack", name]);
  if (code === 0) return stdout;
  throw new Error(`pulumi ${args.join(" ")} of stack ${name} failed (${code}):\n${endOf(stderr || stdout)}`);
}

/**
 * The settings of a stack at this moment, checked. Their credentials may be sent to their addresses: also that is checked.
 * @throws ProblemsError
 */
export async function stackConfig(name: string): Promise<StackConfig> {
  const config = readConfig(source(name, await readStack(name, "config", "--json", "--show-secrets")));
  const resources = storedIn(await readStack(name, "stack", "export")) ?? [];
  await checkAddresses(config, shortName(name), resources);
  return config;
}

/** The settings as `pulumi config --json` prints them, with the variables that the launcher reads for the stack. */
function source(name: string, json: string): ConfigSource {
  const given = JSON.parse(json) as Record<string, { value?: string; secret?: boolean }>;
  return {
    settings: Object.fromEntries(Object.entries(given).map(([key, { value = "" }]) => [key, value])),
    isSecret: (key) => given[key]?.secret === true,
    env: { ...readVariables(root, name), ...process.env },
  };
}
