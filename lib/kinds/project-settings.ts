/** A GitLab project's settings; https://docs.gitlab.com/api/projects/ */
import {
  type Comparer,
  forAPerson,
  neutral,
  safeWhen,
  strictestFirst,
  unclear,
  whoMay,
} from "./comparers.ts";
import type { Attribute } from "./kind.ts";

const access = strictestFirst("disabled", "private", "enabled", "public");

const each = (names: string[], compare: Comparer) =>
  Object.fromEntries(names.map((name): [string, Attribute] => [name, { label: name, compare }]));

/** Parts of a project that nobody but its members may see, or nobody at all. */
const areas = each(
  [
    "analyticsAccessLevel",
    "buildsAccessLevel",
    "environmentsAccessLevel",
    "featureFlagsAccessLevel",
    "forkingAccessLevel",
    "infrastructureAccessLevel",
    "issuesAccessLevel",
    "mergeRequestsAccessLevel",
    "modelExperimentsAccessLevel",
    "modelRegistryAccessLevel",
    "monitorAccessLevel",
    "packageRegistryAccessLevel",
    "pagesAccessLevel",
    "releasesAccessLevel",
    "repositoryAccessLevel",
    "requirementsAccessLevel",
    "securityAndComplianceAccessLevel",
    "snippetsAccessLevel",
    "wikiAccessLevel",
  ],
  access,
);

const safeOn = each(
  [
    "onlyAllowMergeIfAllDiscussionsAreResolved",
    "onlyAllowMergeIfPipelineSucceeds",
    "preReceiveSecretDetectionEnabled",
    "preventMergeWithoutJiraIssue",
    "ciSeparatedCaches",
    "pushRules.commitCommitterCheck",
    "pushRules.commitCommitterNameCheck",
    "pushRules.denyDeleteTag",
    "pushRules.memberCheck",
    "pushRules.preventSecrets",
    "pushRules.rejectNonDcoCommits",
    "pushRules.rejectUnsignedCommits",
  ],
  safeWhen(true),
);

const safeOff = each(
  [
    "allowMergeOnSkippedPipeline",
    "allowPipelineTriggerApproveDeployment",
    "ciDisplayPipelineVariables",
    "ciForwardDeploymentRollbackAllowed",
    "ciPushRepositoryForJobTokenAllowed",
    "groupRunnersEnabled",
    "mergeTrainsSkipTrainAllowed",
    "requestAccessEnabled",
  ],
  safeWhen(false),
);

const ways = each(
  [
    "archiveOnDestroy",
    "autoCancelPendingPipelines",
    "autoDuoCodeReviewEnabled",
    "autocloseReferencedIssues",
    "avatar",
    "avatarHash",
    "buildGitStrategy",
    "buildTimeout",
    "ciDefaultGitDepth",
    "ciDeletePipelinesInSeconds",
    "ciForwardDeploymentEnabled",
    "emailsEnabled",
    "initializeWithReadme",
    "issueBranchTemplate",
    "issuesTemplate",
    "keepLatestArtifact",
    "lfsEnabled",
    "maxArtifactsSize",
    "mergeCommitTemplate",
    "mergeMethod",
    "mergePipelinesEnabled",
    "mergeRequestsTemplate",
    "mergeTrainsEnabled",
    "mrDefaultTargetSelf",
    "permanentlyDeleteOnDestroy",
    "printingMergeRequestLinkEnabled",
    "removeSourceBranchAfterMerge",
    "resolveOutdatedDiffDiscussions",
    "squashCommitTemplate",
    "squashOption",
    "suggestionCommitMessage",
    "topics",
  ],
  neutral,
);

export const projectSettings: Readonly<Record<string, Attribute>> = {
  ...areas,
  ...safeOn,
  ...safeOff,
  ...ways,
  visibilityLevel: {
    label: "visibility",
    compare: strictestFirst("private", "internal", "public"),
    absent: "private",
    expected: "private",
  },
  publicJobs: {
    label: "job logs readable by all who see the project",
    compare: safeWhen(false),
    expected: false,
  },
  publicBuilds: { label: "job logs readable by all who see the project", compare: safeWhen(false) },
  containerRegistryAccessLevel: { label: "who sees the container registry", compare: access },
  sharedRunnersEnabled: { label: "jobs on shared runners", compare: safeWhen(false) },
  ciPipelineVariablesMinimumOverrideRole: {
    label: "who may set variables of a pipeline",
    compare: (before, after) =>
      whoMay(before === "no_one_allowed" ? "no one" : before, after === "no_one_allowed" ? "no one" : after),
  },
  ciConfigPath: { label: "file with the pipeline", compare: forAPerson("other jobs see the credentials") },
  resourceGroupDefaultProcessMode: {
    label: "order of new resource groups' jobs",
    compare: strictestFirst("oldest_first", "newest_ready_first", "newest_first", "unordered"),
    absent: "unordered",
  },
  autoDevopsEnabled: { label: "jobs of GitLab's own (Auto DevOps)", compare: safeWhen(false) },
  defaultBranch: { label: "default branch", compare: forAPerson("is the new one protected?") },
  namespaceId: { label: "group or user", compare: forAPerson("members of the new one get access") },
  archived: { label: "archived", compare: unclear, absent: false },
  name: { label: "name", compare: neutral },
  path: {
    label: "path",
    compare: forAPerson("clone addresses change; the old path may be taken by somebody else"),
  },
  description: { label: "description", compare: neutral },
};
