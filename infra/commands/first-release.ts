/**
 * Releases what is in the server's repository to the Heroku app, so that the address answers before any
 * pipeline has run. It runs the deploy job's own script with the deploy job's own credential; the script is the one
 * of this repository's template, so that nobody who can push to the server's repository can run code here.
 * With argument `keep` it only repeats what it printed last.
 */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../lib/process/run.ts";
import { main, variable } from "./command.ts";
import { engineHost, registryOf } from "./docker.ts";
import { git, type Repository } from "./git.ts";

export interface ReleaseRequest {
  readonly repository: Repository;
  readonly branch: string;
  /** Folder whose `ci/deploy.sh` deploys. */
  readonly template: string;
  readonly runtimeImage: string;
}

export interface Release {
  readonly commit: string;
}

/** The script gets `HEROKU_API_KEY` and its other variables from this process's environment. */
export async function release({
  repository,
  branch,
  template,
  runtimeImage,
}: ReleaseRequest): Promise<Release> {
  const { url, token } = repository;
  const folder = await mkdtemp(join(tmpdir(), "release-"));
  try {
    await git(["clone", "--quiet", "--depth=1", `--branch=${branch}`, "--", url, folder], { token });
    const commit = await git(["rev-parse", "HEAD"], { token, cwd: folder });
    await rm(join(folder, "ci"), { recursive: true, force: true });
    await cp(join(template, "ci"), join(folder, "ci"), { recursive: true });
    await run("sh", ["ci/deploy.sh"], {
      cwd: folder,
      env: {
        DOCKER_HOST: await engineHost(),
        CI_COMMIT_SHA: commit,
        // Where the stack itself runs in a pipeline, that one is not the server's.
        CI_PIPELINE_ID: "",
        CI_JOB_ID: "",
        CI_PROJECT_URL: "",
        CI_COMMIT_REF_PROTECTED: "true",
        CI_REGISTRY: registryOf(runtimeImage),
        CI_REGISTRY_USER: "oauth2",
        CI_REGISTRY_PASSWORD: token,
      },
    });
    return { commit };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    if (!/\(403\)|does not accept the log-in/.test(said)) throw error;
    throw new Error(
      `${said}\nThe pipelines' authorization has too narrow a scope for this. The only wider one is the whole ` +
        "account, which the policy pack refuses (docs/policy.md says how to accept it): " +
        "pulumi config set --path 'mlops:herokuTokenScopes[0]' global",
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  await main(async () => {
    if (process.argv[2] === "keep") return JSON.parse(variable("PULUMI_COMMAND_STDOUT"));
    return release({
      repository: { url: variable("REPOSITORY_URL"), token: variable("GITLAB_TOKEN") },
      branch: variable("BRANCH"),
      template: variable("TEMPLATE"),
      runtimeImage: variable("RUNTIME_IMAGE"),
    });
  });
}
