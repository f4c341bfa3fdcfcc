import type { StackConfig } from "../../infra/config/config.ts";
import { root } from "../../lib/repository.ts";
import { guardedPulumi } from "./guarded-pulumi.ts";
import { readStack, stackConfig } from "./read-stack.ts";
import { stackName } from "./run-pulumi.ts";

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
  return {
    name,
    read: (...args) => readStack(name, ...args),
    config: () => stackConfig(name),
    async show(...args) {
      const words = [...args, "--stack", name, "--non-interactive"];
      if ((await guardedPulumi(words, { folder: root, stdin: "ignore" })).code !== 0)
        throw new Error(`pulumi ${args.join(" ")} failed; it says above why.`);
    },
  };
}
