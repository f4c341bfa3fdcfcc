import { type Check, notChecked, ok, type Verdict, warning } from "../check.ts";
import { bodyOf } from "../service.ts";
import { type GitLabAnswers, waitsForOwnRunner } from "./ask.ts";

export const runnerChecks: ReadonlyArray<Check<GitLabAnswers>> = [
  { name: "runners", setting: "mlops:runner", look: checkRunners },
];

/**
 * Whether this update has a pipeline make a release. Without a runner it would wait in vain, and the update that makes
 * the runner's token would fail.
 */
export function canRelease({ config, owned, runners }: GitLabAnswers): boolean {
  if (!waitsForOwnRunner(config, owned)) return true;
  return (bodyOf<readonly unknown[]>(runners) ?? []).length > 0;
}

function checkRunners(asked: GitLabAnswers): Verdict {
  const { config, owned, runners } = asked;
  if (!waitsForOwnRunner(config, owned)) {
    return config.runner === "shared" && config.firstRelease === "pipeline"
      ? notChecked(
          "whether shared ones take the jobs shows in the pipeline; an update says so after three minutes",
        )
      : ok("not needed for an update");
  }
  if (canRelease(asked)) return ok("online");
  const project = `${config.gitlabNamespace}/${config.serverProjectName}`;
  const status = runners?.status ?? 0;
  return warning({
    found:
      status === 200 || status === 404
        ? `no runner of ${project} that is online; a pipeline of that project makes the first release`
        : `GitLab does not tell the runners of ${project} (${status})`,
    allowed: "one that is online; until then an update releases nothing, and the app does not answer",
    fix:
      "after this update, register runners, with docker, by the tokens of `npx pulumi stack output runnerTokens " +
      "--show-secrets` (https://docs.gitlab.com/runner/register/), and run `npx pulumi up` again: it makes the release",
  });
}
