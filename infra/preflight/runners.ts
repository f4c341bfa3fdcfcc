import * as pulumi from "@pulumi/pulumi";
import { GitLabError, gitlabGet } from "../../lib/gitlab/client.ts";
import { jsonOf } from "../../lib/http/request.ts";
import type { StackConfig } from "../config/config.ts";
import { releasedByStack } from "./state.ts";

/**
 * Whether a runner can take the pipeline of the first release. A project's own runner is registered with a token that
 * the stack makes: the first update ends without a release, and says how the next one makes it. Once there was a
 * release, or with runners that are shared, this is not asked.
 * https://docs.gitlab.com/api/runners/#list-all-runners-in-a-project
 */
export async function runnersExist(config: StackConfig, released = releasedByStack): Promise<boolean> {
  const { firstRelease, runner, gitlab, gitlabNamespace, serverProjectName } = config;
  if (firstRelease === "local" || runner === "shared" || (await released())) return true;
  const project = encodeURIComponent(`${gitlabNamespace}/${serverProjectName}`);
  const path = `/projects/${project}/runners?status=online`;
  const answer = await gitlabGet(gitlab, path);
  if (answer.status === 200 && (jsonOf(answer) as unknown[]).length > 0) return true;
  if (answer.status !== 200 && answer.status !== 404) throw new GitLabError(answer.status, path);
  await pulumi.log.warn(
    `The app will not answer yet: a pipeline of ${gitlabNamespace}/${serverProjectName} makes the first release, and ` +
      "no runner of that project is online. After this update, register the projects' runners, with docker, by the " +
      "tokens that `npx pulumi stack output runnerTokens --show-secrets` prints " +
      "(https://docs.gitlab.com/runner/register/). Then run `npx pulumi up` again: it makes the release.",
  );
  return false;
}
