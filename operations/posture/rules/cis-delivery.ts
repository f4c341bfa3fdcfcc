/** Parts 3, 4 and 5 of the CIS GitLab Benchmark: dependencies, artifacts and deployment. */
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
import { dependencyRule, maintainersRule, reportersRule, securedHooksRule } from "./cis-build.ts";
import { scan } from "./cis-source-code.ts";
import { administrator, ofInstance, pipelineOf, unsignedLeft } from "./judges.ts";

const packages = "look at requirements.txt of each model, and at the locks in image/runtime/requirements/";

const dependencies: readonly RuleEntry[] = [
  forAPerson("3.1.1", "What comes from others is verified", packages),
  forAPerson("3.1.2", "Suppliers give an SBOM", packages),
  forAPerson("3.1.3", "Signed data about builds is required", packages),
  ultimate("3.1.4", "Dependencies are watched", "dependency scanning and container scanning"),
  forAPerson("3.1.5", "Package managers are named, the trusted ones first", packages),
  forAPerson("3.1.6", "The code has a signed SBOM", packages),
  forAPerson("3.1.7", "Dependencies are pinned to a version", packages),
  forAPerson("3.1.8", "Packages are older than 60 days", packages),
  ultimate(
    "3.2.1",
    "A policy says which dependencies may be used",
    "a scan execution policy with dependency scanning",
  ),
  dependencyRule("3.2.2", "Packages are scanned for vulnerabilities"),
  dependencyRule("3.2.3", "Packages are scanned for their licences"),
  forAPerson("3.2.4", "A change of a package's owner is noticed", packages),
];

/** Whether the latest commits are signed, and GitLab has verified it. */
const signedCommits = (id: string, title: string): RuleEntry => ({
  id,
  title,
  about: "project",
  judge: ({ commits }) =>
    given(commits, (latest) => {
      if (latest.length === 0) return notTold("no commit");
      const unsigned = latest.filter(({ isSigned }) => !isSigned).length;
      return verdict(
        unsigned === 0,
        "the latest commits are signed",
        `${unsigned} of the latest ${latest.length} commits are not signed`,
      );
    }),
  mend: "people sign theirs: https://docs.gitlab.com/user/project/repository/signed_commits/",
  left: unsignedLeft,
});

const artifacts: readonly RuleEntry[] = [
  {
    id: "4.1.1",
    title: "The pipeline signs what it builds",
    about: "project",
    judge: ({ pipelineFile }) =>
      given(pipelineFile, (file) => {
        const signs = file && /\.sig\b|cosign/.test(JSON.stringify(pipelineOf(file.text)));
        return signs ? notTold("a job signs something; look what") : fail("no job signs anything");
      }),
    mend: "sign with cosign in the job that builds",
    left: "Heroku runs an image whoever signed it; the deploy job takes it by digest, which nobody can put another image under",
  },
  forAPerson(
    "4.1.2",
    "Artifacts are encrypted where they are given away",
    "look who may pull from the container registry",
  ),
  forAPerson("4.1.3", "Few can decrypt artifacts", "look who may pull from the container registry"),
  forAPerson("4.2.1", "Few may certify artifacts", "nothing is certified"),
  maintainersRule("4.2.2", "Few may upload artifacts"),
  {
    id: "4.2.3",
    title: "Who reads packages logs in with a second factor",
    about: "GitLab",
    judge: ofInstance(({ require_two_factor_authentication: required }) =>
      verdict(required, "a second factor is required", "a second factor is not required"),
    ),
    mend: "Admin area, Settings, General, Sign-in restrictions",
    left: administrator,
  },
  forAPerson("4.2.4", "Users of packages are not local ones", "look how people log in to GitLab"),
  {
    id: "4.2.5",
    title: "Nobody reads artifacts without an account",
    about: "GitLab",
    judge: ofInstance(({ default_project_visibility: visibility }) =>
      verdict(visibility !== "public", `new projects are ${visibility}`, "new projects are public"),
    ),
    mend: "Admin area, Settings, General, Visibility and access controls",
    left: administrator,
  },
  reportersRule("4.2.6", "Few administer packages"),
  signedCommits("4.3.1", "Signatures are checked at upload"),
  signedCommits("4.3.2", "Signatures of all versions are checked"),
  forAPerson(
    "4.3.3",
    "Changes of the registry's settings are audited",
    "run npm run drift on a schedule: it reports them",
  ),
  securedHooksRule("4.3.4", "Webhooks of the repository are secured"),
  forAPerson(
    "4.4.1",
    "Artifacts say where they come from",
    "look at the commit that delivered a model: it names tag and source",
  ),
];

const deployment: readonly RuleEntry[] = [
  {
    id: "5.1.1",
    title: "What deploys is apart from the code",
    about: "project",
    judge: ({ pipelineFile }) =>
      given(pipelineFile, (file) =>
        file
          ? verdict(file.path.includes("/"), file.path, `${file.path}, in the root of the repository`)
          : fail("no pipeline file"),
      ),
    mend: "Settings, CI/CD, General pipelines: another path of the pipeline file",
    left: "another folder keeps nobody out; what deploys has a project of its own, the server's, apart from the models",
  },
  {
    id: "5.1.2",
    title: "Changes of what deploys are audited",
    about: "project",
    tier: "Premium",
    judge: ({ approvalRules }, facts) =>
      givenPaid(approvalRules, facts, (rules) => {
        if (rules.some((count) => count < 1)) return fail("a rule asks for no approval");
        return facts.tier === undefined
          ? notTold("GitLab does not tell its tier")
          : pass("reviewed, with audit events");
      }),
    mend: "approval rules and audit events of Premium; npm run drift reports the changes on every tier",
    left: "whom a team asks for approval is the team's; pipelines push without a merge request",
  },
  scan("5.1.3", "Secrets in what deploys are found", "Secret-Detection"),
  forAPerson("5.1.4", "Few may read what deploys", "look at the members of the server's project"),
  scan("5.1.5", "Insecure infrastructure code is found", "SAST-IaC"),
  forAPerson(
    "5.1.6",
    "What deploys is verified",
    "look at the deploy job's log: it tries the image before the release",
  ),
  forAPerson("5.1.7", "What deploys is pinned to a version", "see our rule image-by-digest"),
  forAPerson("5.2.1", "Deployments are automated", "push a tag: its pipeline delivers and deploys the model"),
  forAPerson(
    "5.2.2",
    "The environment can be made again",
    "npx pulumi preview shows that the program has all of it",
  ),
  forAPerson(
    "5.2.3",
    "Few have access to production",
    "look at the app's collaborators: heroku access --app <app>",
  ),
  forAPerson("5.2.4", "No default password is left", "look at your GitLab, if it is your own"),
];

export const cisDelivery: readonly RuleEntry[] = [...dependencies, ...artifacts, ...deployment];
