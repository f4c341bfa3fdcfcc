/** Runs Pulumi for the programs of this folder's neighbours, past the guard of `npx pulumi`: they change no stack. */
import { type Ended, runToEnd } from "../../lib/process/run.ts";
import { root } from "../../lib/repository.ts";
import { launchOf } from "./launch.ts";
import { passphraseOf } from "./passphrase.ts";

/** Runs `pulumi` and returns what it printed; resolves whatever its exit code is. */
export async function pulumi(
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const words = [...args, "--color=never"];
  const launch = await launchOf(words, { ...process.env, ...variables }, root);
  const env = { ...launch.env, ...(await passphraseOf(launch)) };
  const { program, cwd } = launch;
  return runToEnd(program, [...launch.args, "--non-interactive"], { cwd, env, extendEnv: false });
}

/** The stack that is meant: the one named, `PULUMI_STACK`, or the selected one. @throws when there is none */
export async function stackName(given?: string): Promise<string> {
  const name = given ?? (await launchOf([], process.env, root)).stack;
  if (name !== "") return name;
  throw new Error(
    "No stack is selected. Name one with --stack production, or select one: npx pulumi stack select production",
  );
}
