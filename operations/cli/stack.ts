import { type ConfigSource, readConfig, type StackConfig } from "../../infra/config/config.ts";
import { endOf } from "../../lib/process/run.ts";
import { root } from "../../lib/repository.ts";
import { guardedPulumi } from "./guarded-pulumi.ts";
import { readVariables } from "./launch.ts";
import { pulumi, stackName } from "./run-pulumi.ts";

/** A stack as the programs of this folder see it: through its settings and through Pulumi's own commands. */
export interface Stack {
  readonly name: string;
  /** The settings of this moment, checked. @throws ProblemsError */
  config(): Promise<StackConfig>;
  /** Runs `pulumi` on the stack and returns what it prints. @throws with the end of its error output */
  read(...args: string[]): Promise<string>;
  /** Runs `pulumi` on the stack as `npx pulumi` does, guarded, its output shown. @throws when it fails */
  show(...args: string[]): Promise<void>;
}

/** The stack of that name, by default the one that `npx pulumi` would take. @throws when there is none */
export async function openStack(named?: string): Promise<Stack> {
  const name = await stackName(named);
  const read = async (...args: string[]) => {
    const { code, stdout, stderr } = await pulumi([...args, "--stack", name]);
    if (code === 0) return stdout;
    throw new Error(
      `pulumi ${args.join(" ")} of stack ${name} failed (${code}):\n${endOf(stderr || stdout)}`,
    );
  };
  return {
    name,
    read,
    async config() {
      return readConfig(source(name, await read("config", "--json", "--show-secrets")));
    },
    async show(...args) {
      const words = [...args, "--stack", name, "--non-interactive"];
      if ((await guardedPulumi(words, { folder: root, stdin: "ignore" })).code !== 0)
        throw new Error(`pulumi ${args.join(" ")} failed; it says above why.`);
    },
  };
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
