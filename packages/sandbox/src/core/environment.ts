import type { SandboxContext } from "./context.ts";
import { writeAtomically } from "./store.ts";

/** What the environment needs of the services. */
export interface ServiceAccess {
  gitlab: { url: string; adminToken: string; sshKnownHosts: string };
  heroku: { url: string; registryHost: string; adminToken: string };
}

/**
 * The variables by which the Pulumi program and the official providers find the sandbox instead of the real
 * services.
 */
export function sandboxEnvironment(
  ctx: SandboxContext,
  { gitlab, heroku }: ServiceAccess,
): Record<string, string> {
  return {
    GITLAB_BASE_URL: `${gitlab.url.replace(/\/+$/, "")}/api/v4`,
    GITLAB_TOKEN: gitlab.adminToken,
    GITLAB_SSH_KNOWN_HOSTS: gitlab.sshKnownHosts,
    HEROKU_API_URL: heroku.url,
    HEROKU_API_KEY: heroku.adminToken,
    HEROKU_REGISTRY: heroku.registryHost,
    MLOPS_BASE_IMAGE: ctx.images.base,
    PULUMI_CONFIG_PASSPHRASE: "sandbox",
  };
}

/** Writes variables as a `.env` file that only its owner can read. */
export async function writeEnvironmentFile(file: string, env: Record<string, string>): Promise<void> {
  const lines = Object.entries(env).map(([key, value]) => `${key}=${value}`);
  const head = "# Written by the sandbox at its start; `npm run sandbox -- reset` removes it.";
  await writeAtomically(file, `${[head, ...lines].join("\n")}\n`);
}
