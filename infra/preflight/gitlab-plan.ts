import { type StackConfig, setCommand } from "../config/config.ts";
import type { SettingProblem } from "../config/problems.ts";

/**
 * A top-level namespace, as far as its plan is concerned; an instance without plans gives none.
 * https://docs.gitlab.com/api/namespaces/
 */
export interface Namespace {
  readonly id: number;
  readonly plan?: string;
  readonly trial?: boolean;
}

/** The namespace whose plan counts: that of the whole path. */
export function rootOf(namespace: string): string {
  return namespace.split("/")[0] ?? namespace;
}

/**
 * Whether the plan has what `writeAccess` asks for. On gitlab.com project access tokens need Premium or Ultimate; a
 * trial has one. https://docs.gitlab.com/user/project/settings/project_access_tokens/
 */
export function checkPlan(root: Namespace, config: StackConfig, problems: SettingProblem[]): void {
  const { models, writeAccess } = config;
  if (writeAccess !== "projectAccessToken") return;
  const fix = `${setCommand("mlops:writeAccess", "deployKey")}, or a subscription`;
  const problem = (found: string): SettingProblem => ({
    setting: "mlops:writeAccess",
    found,
    allowed: "deployKey, an SSH key for each model: this plan has no project access token for each",
    fix,
  });
  if (root.trial === true && models.length > 1) {
    problems.push(
      problem(
        `projectAccessToken for ${models.length} models, and a trial of gitlab.com has one project access token`,
      ),
    );
  } else if (root.plan === "free" && root.trial !== true) {
    problems.push(problem("projectAccessToken, and the namespace is on gitlab.com's Free plan"));
  }
}

/** gitlab.com does not let projects be internal. https://docs.gitlab.com/user/public_access/ */
export function checkVisibility({ gitlab, visibility }: StackConfig, problems: SettingProblem[]): void {
  if (visibility !== "internal" || new URL(gitlab.url).hostname !== "gitlab.com") return;
  problems.push({
    setting: "mlops:visibility",
    found: "internal, which gitlab.com does not have",
    allowed: "private or public",
    fix: setCommand("mlops:visibility", "private"),
  });
}
