/** A GitLab project's settings; https://docs.gitlab.com/api/projects/ */
import { type Comparer, forAPerson, safeWhen, strictestFirst, unclear, whoMay } from "./comparers.ts";
import { type Attribute, harmless } from "./kind.ts";

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
    "ciForwardDeploymentEnabled",
    "ciSeparatedCaches",
    "emailsEnabled",
    "keepLatestArtifact",
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

/** Known by name, with no order: for a person to look at. */
const open = each(
  [
    "archiveOnDestroy",
    "autoDuoCodeReviewEnabled",
    "buildGitStrategy",
    "ciDeletePipelinesInSeconds",
    "maxArtifactsSize",
    "mergeMethod",
    "mergePipelinesEnabled",
    "mergeTrainsEnabled",
    "resolveOutdatedDiffDiscussions",
  ],
  unclear,
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

/** Ways of working, each with the reason why it opens nothing to anybody. */
const ways: Readonly<Record<string, string>> = {
  autoCancelPendingPipelines: "which of a branch's pipelines goes on; all of them are of people who may push",
  autocloseReferencedIssues: "what happens to issues",
  avatar: "the project's picture",
  avatarHash: "the project's picture",
  buildTimeout: "how long a job may take",
  ciDefaultGitDepth: "how much history a job fetches",
  initializeWithReadme: "what a new repository begins with; it is read when the project is made",
  issueBranchTemplate: "what branches are called",
  issuesTemplate: "the text that an issue begins with",
  lfsEnabled: "how large files are kept",
  mergeCommitTemplate: "the text of a commit",
  mergeRequestsTemplate: "the text that a merge request begins with",
  mrDefaultTargetSelf: "the target that the page proposes; who may merge there is a rule's",
  printingMergeRequestLinkEnabled: "a line that git shows after a push",
  removeSourceBranchAfterMerge: "what becomes of a merged branch; a protected one stays",
  squashCommitTemplate: "the text of a commit",
  squashOption: "how many commits a merge makes of the same changes",
  suggestionCommitMessage: "the text of a commit",
  topics: "words to find the project by",
};

const harmlessWays = Object.fromEntries(
  Object.entries(ways).map(([name, reason]): [string, Attribute] => [name, harmless(name, reason)]),
);

export const projectSettings: Readonly<Record<string, Attribute>> = {
  ...areas,
  ...safeOn,
  ...safeOff,
  ...open,
  ...harmlessWays,
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
  permanentlyDeleteOnDestroy: {
    label: "deleted at once and for good when the stack goes",
    compare: safeWhen(false),
    absent: false,
  },
  defaultBranch: { label: "default branch", compare: forAPerson("is the new one protected?") },
  namespaceId: { label: "group or user", compare: forAPerson("members of the new one get access") },
  archived: { label: "archived", compare: unclear, absent: false },
  name: harmless("name", "what the project's page is headed with; addresses have its path"),
  path: {
    label: "path",
    compare: forAPerson("clone addresses change; the old path may be taken by somebody else"),
  },
  description: harmless("description", "a text for people"),
};
