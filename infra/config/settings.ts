import { z } from "zod";
import runtimes from "../../image/runtime/runtimes.json" with { type: "json" };
import { areKnownHosts } from "../../lib/gitlab/known-hosts.ts";
import { authorizationScopes } from "../../lib/heroku/authorization.ts";
import { anyCase, choice, generations, list, oneOf, text, wholeNumber } from "./schemas.ts";

/** What settings are about, in the order in which docs/settings.md has it. */
export const topics = [
  "GitLab",
  "Protection",
  "Access and credentials",
  "Heroku",
  "Image",
  "Models",
] as const;

/**
 * The settings of namespace `mlops:`: each with its type, default and, as the message of every check, what is
 * allowed. docs/settings.md is made of this table (`npm run docs`).
 */
export interface Setting<T> {
  readonly topic: (typeof topics)[number];
  /** What it decides, in Markdown. */
  readonly description: string;
  readonly schema: z.ZodType<T>;
  /** What a fix proposes, as it is typed in a shell. */
  readonly example: string;
  /** What holds without it, for a setting that has no default and is not required. */
  readonly absent?: string;
  /** For lists: where in it the example goes. */
  readonly path?: string;
  readonly secret?: boolean;
  /** Environment variable that is read where the stack does not have the setting. */
  readonly variable?: string;
}

const slug = "2 to 50 lowercase letters, digits and dashes, starting with a letter, not ending with a dash";
const slugPattern = /^[a-z][a-z0-9-]{0,48}[a-z0-9]$/;
const branch = "a branch name: letters, digits and . _ - / with no space";
const eMail = "an e-mail address, like ci@example.com";
const acceptedFinding = "a finding as drift prints it: what was found, a colon, its effect";
const knownHosts =
  "lines of a known_hosts file, each with host, type of key and key: gitlab.example.com ssh-ed25519 AAAA...";
const modelList = "a list of models, each with a name and (optional) a template folder under models/";

type Runtime = keyof typeof runtimes;
const runtimeNames = Object.keys(runtimes) as [Runtime, ...Runtime[]];

export const model = z.strictObject(
  {
    name: text(slugPattern, slug),
    template: text(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "the name of a folder under models/").optional(),
  },
  "an object with name and (optional) template",
);

export const settings = {
  gitlabNamespace: {
    topic: "GitLab",
    description: "The group or user that the projects belong to.",
    schema: text(
      /^[A-Za-z0-9_][\w.-]*(\/[A-Za-z0-9_][\w.-]*)*$/,
      "the path of a GitLab user or group that the token may create projects in, like my-group or my-group/ml",
    ),
    example: "my-group",
  },
  serverProjectName: {
    topic: "GitLab",
    description: "Name of the project with the server's repository, which is the one that deploys to Heroku.",
    schema: text(slugPattern, slug).default("mlserver"),
    example: "mlserver",
  },
  visibility: {
    topic: "GitLab",
    description: "Who can see the projects. Job logs stay with the members either way.",
    schema: oneOf("private", "internal", "public").default("private"),
    example: "private",
  },
  defaultBranch: {
    topic: "GitLab",
    description: "The default branch of every project. It is protected; the server deploys from it.",
    schema: text(/^(?!.*(\.\.|\/\/))[A-Za-z0-9][\w./-]*$/, branch).default("main"),
    example: "main",
  },
  projectDeletion: {
    topic: "GitLab",
    description:
      "What becomes of the projects once the stack is destroyed. `delayed` leaves that to GitLab, which since version " +
      "18.0 keeps them for some weeks under another name, so that they can be restored. `permanent` removes them at " +
      "once with their history and images, for stacks to be thrown away; it holds from the next `pulumi up` on.",
    schema: oneOf("delayed", "permanent").default("delayed"),
    example: "permanent",
  },
  runner: {
    topic: "GitLab",
    description:
      "Runners that take the jobs. `shared` uses those that GitLab offers. `project` makes one for each project; " +
      "register it with its token in the output `runnerTokens`.",
    schema: oneOf("shared", "project").default("shared"),
    example: "shared",
  },

  tagPattern: {
    topic: "Protection",
    description:
      "Tags that deliver a model. They are protected in every project. A second rule with one more `*`, such as " +
      "`v**`, guards the same tags while GitLab replaces the first.",
    schema: text(/^[^\s~^:?[\\]+$/, "a tag name in which * stands for any text, like v*").default("v*"),
    example: "'v*'",
  },
  tagCreateAccessLevel: {
    topic: "Protection",
    description: "Who may create those tags, and so deliver a model.",
    schema: oneOf("maintainer", "developer", "no one").default("maintainer"),
    example: "maintainer",
  },
  // Seeds and model pipelines push to the default branch, so "no one" would stop every delivery.
  branchPushAccessLevel: {
    topic: "Protection",
    description:
      "Who may push to the default branch. The access tokens that deliver models get this role as well.",
    schema: oneOf("maintainer", "developer").default("maintainer"),
    example: "maintainer",
  },
  branchMergeAccessLevel: {
    topic: "Protection",
    description: "Who may merge into the default branch.",
    schema: oneOf("maintainer", "developer", "no one").default("maintainer"),
    example: "maintainer",
  },
  mergeChecks: {
    topic: "Protection",
    description:
      "Whether a merge request needs a pipeline that succeeded. The pipelines that the stack starts repositories with have " +
      "a job for merge requests. A repository whose pipeline has none needs `optional`: GitLab would merge nothing there.",
    schema: oneOf("required", "optional").default("required"),
    example: "optional",
  },
  driftAccepted: {
    topic: "Protection",
    description:
      "Findings of [drift](drift.md) that are meant to be and are told no more, such as a colleague who is a member. " +
      "Each is the text that drift prints for it; when it changes, it is told again.",
    schema: list(z.string(acceptedFinding).regex(/\S: \S/, acceptedFinding), "a list of findings").optional(),
    absent: "none",
    example: "'member ana of my-group/mlserver: is reporter: may read the repository and job logs'",
    path: "[0]",
  },
  deployOn: {
    topic: "Protection",
    description:
      "Commits of the server project that are deployed: those of the default branch, or every commit. " +
      "`everyCommit` protects every branch of that project, since only protected branches get the credentials.",
    schema: oneOf("defaultBranch", "everyCommit").default("defaultBranch"),
    example: "defaultBranch",
  },

  writeAccess: {
    topic: "Access and credentials",
    description:
      "How a model project writes to the server's repository: with a project access token or an SSH deploy key that " +
      "the stack makes for it, or with one token of your own in `writeToken`. The Free tier of gitlab.com has no " +
      "project access tokens: take `deployKey` there. `token` puts your token into every model project.",
    schema: oneOf("projectAccessToken", "deployKey", "token").default("projectAccessToken"),
    example: "projectAccessToken",
  },
  writeToken: {
    topic: "Access and credentials",
    description: "Your own token for `writeAccess` `token`.",
    schema: text(/^\S{8,}$/, "a GitLab token with scope write_repository on the server project").optional(),
    absent: "required with `writeAccess` `token`, unused otherwise",
    example: "",
    secret: true,
  },
  gitlabSshKnownHosts: {
    topic: "Access and credentials",
    description:
      "Host keys of GitLab's SSH server for `writeAccess` `deployKey`, as lines of a `known_hosts` file. Pipelines " +
      "connect to no server with another key.",
    schema: z.string(knownHosts).refine(areKnownHosts, knownHosts).optional(),
    absent:
      "the published keys of gitlab.com; required with `writeAccess` `deployKey` and another GitLab, unused otherwise",
    variable: "GITLAB_SSH_KNOWN_HOSTS",
    example:
      "'gitlab.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0X0fLw3mUo2nF6u0Zb1T7cQ9k4sVhWq8yEJr5xLdtA'",
  },
  // GitLab's own limit; the policy pack refuses more where an administrator raised it.
  accessTokenExpiryDays: {
    topic: "Access and credentials",
    description: "Days that a project access token or a deploy key lives.",
    schema: wholeNumber(2, 365).default(90),
    example: "90",
  },
  accessTokenRotateBeforeDays: {
    topic: "Access and credentials",
    description:
      "Days before the end of an access token or deploy key at which the warnings begin. Fewer than `accessTokenExpiryDays`.",
    schema: wholeNumber(1, 364).default(30),
    example: "30",
  },
  accessTokenGenerations: {
    topic: "Access and credentials",
    description:
      "Generations of the access tokens or deploy keys that exist, the last one in use. `npm run rotate` changes the list.",
    schema: generations,
    example: "'[1]'",
  },
  // What the deploy job does: push an image, release it, look at release and dynos. No account, no other users.
  herokuTokenScopes: {
    topic: "Access and credentials",
    description: "Scopes of the Heroku authorization that the deploy job uses.",
    schema: list(
      oneOf(...authorizationScopes),
      `a list of Heroku's scopes: ${choice(authorizationScopes)}`,
    ).default(["read", "write-protected"]),
    example: "write-protected",
    path: "[0]",
  },
  herokuTokenExpiryDays: {
    topic: "Access and credentials",
    description: "Days that a Heroku authorization of the deploy job lives.",
    schema: wholeNumber(1, 365).default(365),
    example: "365",
  },
  herokuTokenGenerations: {
    topic: "Access and credentials",
    description:
      "Generations of that authorization that exist, the last one in use. `npm run rotate` changes the list.",
    schema: generations,
    example: "'[1]'",
  },

  herokuApp: {
    topic: "Heroku",
    description: "Name of the app. Heroku has each name only once.",
    schema: text(
      /^[a-z][a-z0-9-]{1,28}[a-z0-9]$/,
      "3 to 30 lowercase letters, digits and dashes, starting with a letter, not ending with a dash",
    ),
    example: "my-mlserver",
  },
  herokuTeam: {
    topic: "Heroku",
    description: "The team that owns the app.",
    schema: text(/^[a-z0-9][a-z0-9-]*$/, "the name of a Heroku team").optional(),
    absent: "no team: the app belongs to the account",
    example: "my-team",
  },
  herokuRegion: {
    topic: "Heroku",
    description: "The region that the app runs in.",
    schema: text(/^[a-z]+$/, "the name of a Heroku region: us, eu, or a region of Private Spaces").default(
      "us",
    ),
    example: "eu",
  },
  dynoSize: {
    topic: "Heroku",
    description: "Size of the dynos, in any letter case.",
    schema: anyCase(
      "Eco",
      "Basic",
      "Standard-1X",
      "Standard-2X",
      "Performance-M",
      "Performance-L",
      "Performance-L-RAM",
      "Performance-XL",
      "Performance-2XL",
    ).default("Basic"),
    example: "Basic",
  },
  dynoQuantity: {
    topic: "Heroku",
    description: "Number of web dynos. Heroku runs more than one from size Standard-1X on.",
    schema: wholeNumber(1, 100).default(1),
    example: "1",
  },
  herokuRegistry: {
    topic: "Heroku",
    description: "Heroku's container registry.",
    schema: text(
      /^[A-Za-z0-9.-]+(:\d+)?$/,
      "a host name, with a port where it has one, without scheme or path",
    ).default("registry.heroku.com"),
    variable: "HEROKU_REGISTRY",
    example: "registry.heroku.com",
  },

  firstRelease: {
    topic: "Image",
    description:
      "Where the runtime image is built and the first release made: `local`, on this machine and with its docker " +
      "engine, or `pipeline`, [by a pipeline of the server project](real-accounts.md#without-docker-on-this-machine), " +
      "on a runner of GitLab's.",
    schema: oneOf("local", "pipeline").default("local"),
    example: "pipeline",
  },
  mlserverRuntimes: {
    topic: "Image",
    description: "Model frameworks that the server can load, as MLServer calls its runtimes.",
    schema: list(oneOf(...runtimeNames), `a list of MLServer runtimes: ${runtimeNames.join(", ")}`).default([
      "sklearn",
    ]),
    example: "sklearn",
    path: "[0]",
  },
  trainingImage: {
    topic: "Image",
    description:
      "What the models are trained in. `built`: an image of the stack's own, with the packages that serve them and " +
      "what runs notebooks, so that a job installs only what its model needs beyond them. `none`: a plain image of " +
      "Python, in which every job installs everything.",
    schema: oneOf("built", "none").default("built"),
    example: "none",
  },
  baseImage: {
    topic: "Image",
    description: "The image that the runtime image is built on.",
    schema: text(/^[a-z0-9][\w.:/@-]*$/, "a container image reference with Python 3.11 on Debian").default(
      "python:3.11-slim-bookworm",
    ),
    variable: "MLOPS_BASE_IMAGE",
    example: "python:3.11-slim-bookworm",
  },
  imagePlatform: {
    topic: "Image",
    description: "Platform of the runtime image. Heroku's dynos are `linux/amd64`.",
    schema: oneOf("linux/amd64", "linux/arm64").default("linux/amd64"),
    variable: "MLOPS_IMAGE_PLATFORM",
    example: "linux/amd64",
  },

  models: {
    topic: "Models",
    description:
      "The models. Each has a project of its own, which starts with the folder `models/<template>`; without a " +
      "template it is the folder of the model's name.",
    schema: list(model, modelList).default([{ name: "iris-decision-tree" }, { name: "product-classifier" }]),
    example: "iris-decision-tree",
    path: "[0].name",
  },
  gitUserName: {
    topic: "Models",
    description: "Name of the author of the commits that deliver a model.",
    schema: text(/^[^<>\n]{1,100}$/, "up to 100 characters without < and >").optional(),
    absent: "`GitLab <model>`",
    example: "'GitLab CI'",
  },
  gitUserEmail: {
    topic: "Models",
    description: "E-mail address of that author.",
    schema: text(/^[^\s@<>]+@[^\s@<>]+$/, eMail).optional(),
    absent: "the address of the GitLab token's owner",
    example: "ci@example.com",
  },
} satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof settings;
export type Settings = { [Name in SettingName]: z.output<(typeof settings)[Name]["schema"]> };
