/** Cases of the rules about protection, tokens, projects and images. */
import { UNKNOWN } from "../../infra/policy/values.ts";
import {
  accessToken,
  branch,
  type Cases,
  command,
  deployKey,
  project,
  runner,
  tag,
  variable,
} from "./resources.ts";

const digest = `registry.example.com/ml/runtime@sha256:${"0a".repeat(32)}`;
const levels = "no one, developer, maintainer, admin";
const tagFix = "pulumi config set mlops:tagCreateAccessLevel maintainer";
const lifeAllowed = "an end at most 365 days away";
const lifeFix =
  "pulumi config set mlops:accessTokenExpiryDays 90; then, for a token that exists, npm run rotate";
const keyLifeFix =
  "pulumi config set mlops:accessTokenExpiryDays 90; then, for a key that exists, npm run rotate";
const runnerAllowed =
  "runnerType project_type and locked true: nobody else's jobs run beside the credentials";
const imageAllowed = "an image reference that ends in @sha256: and 64 hexadecimal digits";
const imageFix = "use repoDigest of the docker.Image (infra/components/model-server.ts)";
const logsAllowed = "publicJobs false, or visibilityLevel private";
const logsFix =
  "set publicJobs: false (infra/components/gitlab/project.ts), or pulumi config set mlops:visibility private";
const authorization = (environment: Record<string, unknown>) =>
  command({ create: "node infra/commands/heroku-authorization.ts create", environment });

export const otherCases: Record<string, Cases> = {
  "protected-branch": {
    passes: [
      ["levels", branch({ pushAccessLevel: "maintainer", mergeAccessLevel: "developer" })],
      [
        "lists",
        branch({ allowedToPushes: [{ accessLevel: "no one" }, { userId: 7 }], allowForcePush: false }),
      ],
    ],
    fails: [
      [
        "force push",
        branch({ allowForcePush: true, pushAccessLevel: "maintainer" }),
        [
          'branch "main": allowForcePush true',
          "false: a force push rewrites what was reviewed and delivered",
          "set allowForcePush: false (infra/components/gitlab/ref-protection.ts)",
        ],
      ],
      [
        "pushes by everyone",
        branch({ pushAccessLevel: "guest" }),
        [
          'branch "main": "guest" may push',
          levels,
          "raise pushAccessLevel or allowedToPushes (infra/components/gitlab/ref-protection.ts)",
        ],
      ],
      [
        "developers who may take the rule away",
        branch({ allowedToUnprotects: [{ accessLevel: "developer" }] }),
        [
          'branch "main": "developer" may unprotect',
          "no one, maintainer, admin",
          "raise allowedToUnprotects (infra/components/gitlab/ref-protection.ts)",
        ],
      ],
    ],
  },
  "protected-tag": {
    passes: [
      ["maintainers", tag({ createAccessLevel: "maintainer" })],
      // A decision: the review calls it weaker.
      ["developers", tag({ createAccessLevel: "developer" })],
      ["a list", tag({ allowedToCreates: [{ accessLevel: "maintainer" }, { userId: 7 }] })],
    ],
    fails: [
      ["no access level", tag({}), ['tags "v*": no access level', levels, tagFix]],
      ["an empty list", tag({ allowedToCreates: [] }), ['tags "v*": no access level', levels, tagFix]],
      [
        "everyone",
        tag({ createAccessLevel: "everyone" }),
        ['tags "v*": "everyone" may create them', levels, tagFix],
      ],
    ],
  },
  "access-token-expiry": {
    passes: [
      ["rotation", accessToken({ rotationConfiguration: { expirationDays: 365, rotateBeforeDays: 30 } })],
      ["a date", accessToken({ expiresAt: "2030-12-31" })],
      ["a date that is not known yet", accessToken({ expiresAt: UNKNOWN })],
    ],
    fails: [
      ["no end", accessToken({}), ["token one: never expires", lifeAllowed, lifeFix]],
      [
        "a long life",
        accessToken({ rotationConfiguration: { expirationDays: 366, rotateBeforeDays: 30 } }),
        ["token one: life in days: 366", lifeAllowed, lifeFix],
      ],
      [
        "a far date",
        accessToken({ expiresAt: "2031-01-02" }),
        ['token one: expires at "2031-01-02"', lifeAllowed, lifeFix],
      ],
      ["no date", accessToken({ expiresAt: "" }), ['token one: expires at ""', lifeAllowed, lifeFix]],
    ],
  },
  "access-token-scope": {
    passes: [["a pusher", accessToken({ scopes: ["write_repository"], accessLevel: "maintainer" })]],
    fails: [
      [
        "more scopes",
        accessToken({ scopes: ["write_repository", "api"] }),
        [
          "token one: scopes api",
          "write_repository",
          "take the other scopes away (infra/components/gitlab/write-access.ts)",
        ],
      ],
      [
        "an owner",
        accessToken({ scopes: ["write_repository"], accessLevel: "owner" }),
        [
          'token one: access level "owner"',
          "maintainer at most, the least role that pushes to a protected branch",
          "pulumi config set mlops:branchPushAccessLevel maintainer",
        ],
      ],
    ],
  },
  "deploy-key-expiry": {
    passes: [
      ["an end within a year", deployKey({ canPush: true, expiresAt: "2030-12-31T00:00:00Z" })],
      ["an end that is not known yet", deployKey({ canPush: true, expiresAt: UNKNOWN })],
      ["a key that only reads", deployKey({ canPush: false })],
      ["a key that says nothing of pushing", deployKey({})],
    ],
    fails: [
      ["no end", deployKey({ canPush: true }), ['deploy key "k": never expires', lifeAllowed, keyLifeFix]],
      [
        "no end of one that may push, or not",
        deployKey({ canPush: UNKNOWN }),
        ['deploy key "k": never expires', lifeAllowed, keyLifeFix],
      ],
      [
        "a far end",
        deployKey({ canPush: true, expiresAt: "2031-01-02T00:00:00Z" }),
        ['deploy key "k": expires at "2031-01-02T00:00:00Z"', lifeAllowed, keyLifeFix],
      ],
      [
        "no date",
        deployKey({ canPush: true, expiresAt: "soon" }),
        ['deploy key "k": expires at "soon"', lifeAllowed, keyLifeFix],
      ],
    ],
  },
  "runner-scope": {
    passes: [["a runner of one project", runner({ runnerType: "project_type", locked: true })]],
    fails: [
      [
        "everybody's runner",
        runner({ runnerType: "instance_type" }),
        [
          'runner one: runnerType "instance_type", locked none',
          runnerAllowed,
          "set both (infra/components/gitlab/project.ts)",
        ],
      ],
    ],
  },
  "heroku-authorization": {
    passes: [
      ["scopes and an end", authorization({ SCOPES: "read,write-protected", EXPIRY_DAYS: "365" })],
      ["another program", command({ create: "node infra/commands/first-release.ts" })],
    ],
    fails: [
      [
        "the whole account",
        authorization({ SCOPES: "read,global", EXPIRY_DAYS: "30" }),
        [
          'scopes "read,global"',
          "some of identity, read, write, read-protected, write-protected; global is the account and everything in it",
          "pulumi config rm mlops:herokuTokenScopes",
        ],
      ],
      [
        "no end",
        authorization({ SCOPES: "read" }),
        ["life in days: none", "1 to 365 days", "pulumi config set mlops:herokuTokenExpiryDays 365"],
      ],
      [
        "ten years",
        authorization({ SCOPES: "read", EXPIRY_DAYS: "3650" }),
        ['life in days: "3650"', "1 to 365 days", "pulumi config set mlops:herokuTokenExpiryDays 365"],
      ],
    ],
  },
  "private-job-logs": {
    passes: [
      ["a private project", project({ visibilityLevel: "private", publicJobs: true })],
      ["a public project with private logs", project({ visibilityLevel: "public", publicJobs: false })],
    ],
    fails: [
      [
        "public logs",
        project({ visibilityLevel: "public", publicJobs: true }),
        ['project one: visibilityLevel "public", publicJobs true', logsAllowed, logsFix],
      ],
      [
        "GitLab's default",
        project({ visibilityLevel: "internal" }),
        ['project one: visibilityLevel "internal", publicJobs none', logsAllowed, logsFix],
      ],
    ],
  },
  "image-by-digest": {
    passes: [
      ["a variable", variable({ key: "RUNTIME_IMAGE", value: digest })],
      ["an image that is not built yet", variable({ key: "RUNTIME_IMAGE", value: UNKNOWN })],
      ["a program's", command({ environment: { RUNTIME_IMAGE: digest } })],
      ["another variable", variable({ key: "HEROKU_APP", value: "ml" })],
      ["what the image is built on", variable({ key: "BASE_IMAGE", value: "python:3.11-slim-bookworm" })],
    ],
    fails: [
      [
        "a tag",
        variable({ key: "RUNTIME_IMAGE", value: "ml/runtime:latest" }),
        ['variable RUNTIME_IMAGE "ml/runtime:latest"', imageAllowed, imageFix],
      ],
      [
        "a program's tag",
        command({ environment: { RUNTIME_IMAGE: "ml/runtime:1" } }),
        ['variable RUNTIME_IMAGE "ml/runtime:1"', imageAllowed, imageFix],
      ],
    ],
  },
};
