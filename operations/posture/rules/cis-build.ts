/** Part 2 of the CIS GitLab Benchmark: build pipelines. */

import type { Member, ProjectFacts, Told } from "../facts.ts";
import type { Verdict } from "../rule.ts";
import {
  fail,
  forAPerson,
  given,
  givenPaid,
  notTold,
  pass,
  type RuleEntry,
  ultimate,
  verdict,
} from "../rule.ts";
import { scan } from "./cis-source-code.ts";
import {
  addTemplate,
  botsAlone,
  buildJobs,
  fewerMembers,
  fewMembers,
  hasPipelineFile,
  MAINTAINER,
  plural,
  REPORTER,
  scans,
  securedHooks,
} from "./judges.ts";

const ownMembers = ({ members }: ProjectFacts) => members;
const fewReporters = (told: Told<readonly Member[]>) => fewMembers(told, REPORTER, 40);
const fewMaintainers = (told: Told<readonly Member[]>) => fewMembers(told, MAINTAINER, 20);

/** A rule about the number of members with a role. */
function membersRule(
  id: string,
  title: string,
  judge: (told: Told<readonly Member[]>) => Verdict,
): RuleEntry {
  return {
    id,
    title,
    about: "project",
    judge: (project) => judge(ownMembers(project)),
    mend: fewerMembers,
    left: botsAlone(judge, ownMembers),
  };
}
export const reportersRule = (id: string, title: string) => membersRule(id, title, fewReporters);
export const maintainersRule = (id: string, title: string) => membersRule(id, title, fewMaintainers);

/** A rule that holds once the pipeline is a file of the repository. */
const pipelineFileRule = (id: string, title: string): RuleEntry => ({
  id,
  title,
  about: "project",
  judge: hasPipelineFile,
  mend: "put .gitlab-ci.yml back, from models/_pipeline/ or image/repository/",
});

/** A rule about what GitLab's dependency scanning does. */
export const dependencyRule = (id: string, title: string): RuleEntry => ({
  id,
  title,
  about: "project",
  tier: "Ultimate",
  judge: (project) => scans(project, "dependency-scanning"),
  mend: addTemplate("Dependency-Scanning"),
  left: "the packages are those of locks that Renovate or pip-audit can watch on every tier",
});

export const securedHooksRule = (id: string, title: string): RuleEntry => ({
  id,
  title,
  about: "project",
  judge: securedHooks,
  mend: "Settings, Webhooks: HTTPS and SSL verification",
});

const buildEnvironment: readonly RuleEntry[] = [
  {
    id: "2.1.1",
    title: "A pipeline builds one thing",
    about: "project",
    judge: ({ pipelineStages }) =>
      given(pipelineStages, (stages) => {
        if (stages === undefined) return pass("no pipeline yet");
        const builds = stages.filter((stage) => stage.toLowerCase().includes("build"));
        if (builds.length === 0) return notTold("the latest pipeline built nothing");
        const isOnce = new Set(builds).size === builds.length;
        return verdict(isOnce, "one job builds", `${builds.length} jobs build in one pipeline`);
      }),
    mend: "one job in stage build",
  },
  forAPerson(
    "2.1.2",
    "The pipelines' machines do not change",
    "look at your runners; jobs run in new containers",
  ),
  forAPerson("2.1.3", "Builds are logged", "look how long GitLab keeps job logs, and your runners' own logs"),
  pipelineFileRule("2.1.4", "Build environments are made by programs"),
  reportersRule("2.1.5", "Few have access to builds"),
  reportersRule("2.1.6", "Who has access to builds has logged in"),
  forAPerson(
    "2.1.7",
    "Secrets of builds reach no more than they must",
    "see our rules variables-protected, token-scope",
  ),
  forAPerson("2.1.8", "Build machines are scanned for vulnerabilities", "look at your runners"),
  forAPerson("2.1.9", "Build tools have no default password", "look at your runners"),
  securedHooksRule("2.1.10", "Webhooks of builds are secured"),
  maintainersRule("2.1.11", "Few administer builds"),
];

const workers: readonly RuleEntry[] = [
  forAPerson(
    "2.2.1",
    "A worker does one job and is gone",
    "look at your runners' executor; gitlab.com's are new for each job",
  ),
  forAPerson("2.2.2", "Workers are handed what they run", "look at your runners"),
  {
    id: "2.2.3",
    title: "Each project has workers of its own",
    about: "project",
    judge: ({ runners }) =>
      given(runners, (all) => {
        const own = all.filter(({ is_shared: isShared }) => !isShared).length;
        return verdict(own > 0, `${plural(own, "runner")} of its own`, "shared runners alone");
      }),
    mend: "npx pulumi config set mlops:runner project",
    left: "a runner needs a machine of yours; without one no tag would be delivered",
  },
  forAPerson("2.2.4", "Workers reach little of the network", "look at your runners' network"),
  forAPerson("2.2.5", "Workers are watched while they run", "look at your runners"),
  forAPerson("2.2.6", "Workers are scanned for vulnerabilities", "look at your runners"),
  pipelineFileRule("2.2.7", "What workers do is in version control"),
  forAPerson("2.2.8", "The load of workers is watched", "look at your runners"),
];

const instructions: readonly RuleEntry[] = [
  pipelineFileRule("2.3.1", "Build steps are code"),
  {
    id: "2.3.2",
    title: "Build jobs have inputs and outputs",
    about: "project",
    judge: ({ pipelineFile }) =>
      given(pipelineFile, (file) => {
        const jobs = file && buildJobs(file.text);
        if (!jobs) return fail("no stage build in the pipeline file");
        const isWhole = jobs.every(
          ({ script, artifacts }) => script !== undefined && artifacts !== undefined,
        );
        return verdict(
          isWhole,
          "each has a script and artifacts",
          "a build job without a script or artifacts",
        );
      }),
    mend: "take .gitlab-ci.yml of models/_pipeline/ over; give each build job artifacts",
  },
  forAPerson(
    "2.3.3",
    "Output goes to a storage of its own",
    "look at the container registry; images are pushed there by digest",
  ),
  pipelineFileRule("2.3.4", "Changes of the pipeline file are tracked"),
  {
    id: "2.3.5",
    title: "Few may start a deployment",
    about: "project",
    tier: "Premium",
    judge: ({ protectedEnvironments }, facts) =>
      givenPaid(protectedEnvironments, facts, (count) =>
        count === 0
          ? fail("no protected environment")
          : notTold(`${plural(count, "protected environment")}: look who may deploy`),
      ),
    mend: "Settings, CI/CD, Protected environments: heroku",
    left: "only who may push to the default branch starts a deployment, and no job of another ref gets the credentials",
  },
  ultimate(
    "2.3.6",
    "Pipelines are scanned for misconfiguration",
    "a scan execution policy with SAST and DAST",
  ),
  ultimate(
    "2.3.7",
    "Pipelines are scanned for vulnerabilities",
    "a scan execution policy with SAST and DAST",
  ),
  scan("2.3.8", "Secrets in pipeline files are found", "Secret-Detection"),
];

const integrity: readonly RuleEntry[] = [
  forAPerson(
    "2.4.1",
    "Artifacts of releases are signed",
    "look at your releases; images are held to their digest",
  ),
  forAPerson(
    "2.4.2",
    "What a build depends on is locked",
    "look at requirements.txt of each model; the images' locks have hashes",
  ),
  dependencyRule("2.4.3", "Dependencies are checked before they are used"),
  {
    id: "2.4.4",
    title: "Builds leave artifacts that can be made again",
    about: "project",
    judge: ({ pipelineFile }) =>
      given(pipelineFile, (file) => {
        if (!file) return fail("no pipeline file");
        const without = (buildJobs(file.text) ?? []).filter(({ artifacts }) => artifacts === undefined);
        return verdict(
          without.length === 0,
          "every build job has artifacts",
          "a build job without artifacts",
        );
      }),
    mend: "give each build job artifacts",
  },
  dependencyRule("2.4.5", "Pipelines write an SBOM"),
  forAPerson("2.4.6", "SBOMs are signed", "look at your pipelines"),
];

export const cisBuild: readonly RuleEntry[] = [
  ...buildEnvironment,
  ...workers,
  ...instructions,
  ...integrity,
];
