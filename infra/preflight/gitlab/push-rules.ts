import { listed } from "../../../lib/text/lists.ts";
import { type Check, notChecked, ok, problem, type Verdict } from "../check.ts";
import { bodyOf } from "../service.ts";
import type { GitLabAnswers } from "./ask.ts";
import { groupRepository } from "./pages.ts";

/** https://docs.gitlab.com/api/group_push_rules/ */
export interface PushRules {
  readonly commit_message_regex?: string | null;
  readonly commit_message_negative_regex?: string | null;
  readonly author_email_regex?: string | null;
  readonly file_name_regex?: string | null;
  readonly commit_committer_check?: boolean | null;
  readonly commit_committer_name_check?: boolean | null;
  readonly reject_unsigned_commits?: boolean | null;
  readonly reject_non_dco_commits?: boolean | null;
}

export const pushRuleChecks: ReadonlyArray<Check<GitLabAnswers>> = [
  { name: "push rules", setting: "mlops:gitlabNamespace", look: checkPushRules },
];

/** A new project takes the push rules of the nearest group that has some. Only Owners may read them. */
function checkPushRules(asked: GitLabAnswers): Verdict {
  const { config, metadata, pushRules } = asked;
  if (pushRules.length === 0) return ok("no group that could have some");
  if (bodyOf<{ enterprise?: boolean }>(metadata)?.enterprise === false)
    return ok("the Community Edition has none");
  // 404 stands for none.
  const nearest = pushRules.find(({ answer }) => answer.status !== 404);
  if (!nearest) return ok("none");
  const page = groupRepository(config.gitlab.url, nearest.group);
  const rules = bodyOf<PushRules>(nearest.answer);
  if (nearest.answer.status !== 200) {
    const { status } = nearest.answer;
    return notChecked(
      status === 403
        ? `GitLab shows the push rules of ${nearest.group} to its Owners alone; they are at ${page}`
        : `GitLab answers ${status} when asked for the push rules of ${nearest.group}; they are at ${page}`,
    );
  }
  // The client that asks for a project's rules gets `null` where there are none, and so may this one.
  if (!rules) return ok("none");
  const refusing = refusals(rules, asked);
  const foreign = expressionRules.filter((rule) => rules[rule] && !expressionOf(String(rules[rule])));
  if (refusing.length === 0 && foreign.length > 0) {
    return notChecked(`this program cannot read ${listed(foreign)} of ${nearest.group}: ${page}`);
  }
  if (refusing.length === 0) return ok(`those of ${nearest.group}, which let the stack's commits pass`);
  return problem({
    found: `push rules of ${nearest.group} that refuse the stack's commits: ${listed(refusing)}`,
    allowed: "push rules that let the first commits and the delivered models pass",
    fix: `an Owner changes them: ${page}, or take another mlops:gitlabNamespace`,
  });
}

/** Messages of the commits that seed-repository.ts and publish-model.sh make, their files, their authors. */
function commitsOf({ config, user }: GitLabAnswers) {
  const names = config.models.map(({ name }) => config.gitUserName ?? `GitLab ${name}`);
  return {
    messages: [
      "Start from the template repository",
      ...config.models.flatMap(({ name, template }) => [
        `Start from the template ${template}`,
        `Release model ${name} v1.0.0\n\nTrained from commit 0000000 of ${config.gitlabNamespace}/${name}`,
      ]),
    ],
    emails: [...new Set([user.email, config.gitUserEmail ?? user.email])],
    files: [
      ".gitlab-ci.yml",
      "README.md",
      "ci/deploy.sh",
      ...config.models.flatMap(({ name }) => [
        `${name}.ipynb`,
        `models/${name}-v1.0.0/model-settings.json`,
        `models/${name}-v1.0.0/model.joblib`,
      ]),
    ],
    committers: [...new Set([user.name, ...names])],
  };
}

const expressionRules = [
  "commit_message_regex",
  "commit_message_negative_regex",
  "author_email_regex",
  "file_name_regex",
] as const;

/** The rules that refuse one of those commits, in GitLab's own words. */
function refusals(rules: PushRules, asked: GitLabAnswers): string[] {
  const { messages, emails, files, committers } = commitsOf(asked);
  const { config, user } = asked;
  const isForeignCommitter =
    config.writeAccess === "projectAccessToken" || emails.some((email) => email !== user.email);
  const refuses: Record<(typeof expressionRules)[number], (expression: RegExp) => boolean> = {
    commit_message_regex: (expression) => !messages.every((text) => expression.test(text)),
    commit_message_negative_regex: (expression) => messages.some((text) => expression.test(text)),
    author_email_regex: (expression) => !emails.every((text) => expression.test(text)),
    file_name_regex: (expression) => files.some((text) => expression.test(text)),
  };
  const switches: ReadonlyArray<[keyof PushRules, boolean]> = [
    ["reject_unsigned_commits", true],
    ["reject_non_dco_commits", true],
    ["commit_committer_check", isForeignCommitter],
    [
      "commit_committer_name_check",
      config.writeAccess === "projectAccessToken" || committers.some((name) => name !== user.name),
    ],
  ];
  return [
    ...expressionRules
      .filter((rule) => {
        const expression = rules[rule] ? expressionOf(rules[rule]) : undefined;
        return expression !== undefined && refuses[rule](expression);
      })
      .map((rule) => `${rule} ${rules[rule]}`),
    ...switches.filter(([rule, holds]) => rules[rule] === true && holds).map(([rule]) => rule),
  ];
}

/** Undefined for what only GitLab's own dialect (RE2) has. */
function expressionOf(source: string): RegExp | undefined {
  try {
    return new RegExp(source, "m");
  } catch {
    return undefined;
  }
}
