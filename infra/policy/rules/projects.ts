import { types } from "../../../lib/pulumi/types.ts";
import { ofType, type ResourceRule } from "../rule.ts";
import { shown, UNKNOWN } from "../values.ts";

/** Job logs show what pipelines do with credentials; masking does not catch every form of them. */
const jobLogs: ResourceRule = {
  name: "private-job-logs",
  description: "Projects that not only members see keep their job logs to members.",
  about: ofType(types.gitlab.project),
  check({ name, inputs: { visibilityLevel, publicJobs } }) {
    const open = typeof visibilityLevel === "string" && visibilityLevel !== "private";
    if (!open || publicJobs === false || publicJobs === UNKNOWN) return [];
    return [
      {
        found: `project ${name}: visibilityLevel ${shown(visibilityLevel)}, publicJobs ${shown(publicJobs)}`,
        allowed: "publicJobs false, or visibilityLevel private",
        fix: "set publicJobs: false (infra/components/gitlab/project.ts), or pulumi config set mlops:visibility private",
      },
    ];
  },
};

export const projectRules: readonly ResourceRule[] = [jobLogs];
