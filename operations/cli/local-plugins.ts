/**
 * Provider plugins for a stack whose GitLab and Heroku are on this machine.
 *
 * Where the official plugins cannot be downloaded, set-up makes stand-ins for them and puts them into a home of
 * Pulumi's in this repository. Pulumi then finds them as it finds installed plugins. Any other stack keeps the
 * user's own home and never sees them. Once all official ones are in the user's home, they are what every stack gets.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { isLoopback } from "../../lib/http/loopback.ts";
import { pulumiHome } from "../../lib/pulumi/cli.ts";
import { missingPlugins } from "../../lib/pulumi/plugins.ts";
import { root } from "../../lib/repository.ts";
import { stackFile } from "./stack-file.ts";

/** Pulumi's home with the stand-ins; packages/toolchain/src/steps/plugins.ts makes it. */
const HOME = path.join(root, ".cache/pulumi");

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that give a stack on this machine the stand-ins, if there are any; none for another stack. */
export function localPlugins(
  stack: string,
  args: readonly string[],
  env: Environment,
  home = HOME,
): Record<string, string> {
  if (stack === "" || !existsSync(path.join(home, "plugins"))) return {};
  if (!isOnThisMachine(stackFile(stack, args).config ?? {}, env)) return {};
  if (missingPlugins(pulumiHome(env)).length === 0) return {};
  return {
    PULUMI_HOME: home,
    // Log-ins stay the user's, and so does the selected stack, which Pulumi keeps in its home.
    PULUMI_CREDENTIALS_PATH: env.PULUMI_CREDENTIALS_PATH || pulumiHome(env),
    PULUMI_STACK: stack,
  };
}

/** Whether GitLab and Heroku of a stack are both on this machine. Settings win over variables, as in infra/config. */
export function isOnThisMachine(settings: Readonly<Record<string, unknown>>, env: Environment): boolean {
  return [
    settings["gitlab:baseUrl"] ?? env.GITLAB_BASE_URL,
    settings["heroku:url"] ?? env.HEROKU_API_URL,
  ].every((url) => typeof url === "string" && URL.canParse(url) && isLoopback(new URL(url).hostname));
}
