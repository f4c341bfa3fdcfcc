import { expect, it } from "vitest";
import type { GitLabAnswers } from "../../../infra/preflight/gitlab/ask.ts";
import { writeAccessChecks } from "../../../infra/preflight/gitlab/write-access.ts";
import { configWith } from "../../support/program.ts";

const looked = (settings: Parameters<typeof configWith>[0]) =>
  writeAccessChecks.flatMap(({ look }) => look({ config: configWith(settings) } as GitLabAnswers));

it("a token of somebody's own in every model project is warned of", () => {
  expect(looked({ writeAccess: "token", writeToken: "glpat-supplied-by-hand" })).toEqual([
    {
      outcome: "warning",
      found: "token: mlops:writeToken goes into all 2 model projects, and pushes wherever its owner may push",
      allowed:
        "deployKey or projectAccessToken, which are good for the server's repository alone; or the token of a " +
        "service account that is a member of the server's project alone",
      fix:
        "pulumi config set mlops:writeAccess deployKey and pulumi config rm mlops:writeToken, or leave it if it is such " +
        "an account's",
    },
  ]);
});

it.each(["deployKey", "projectAccessToken"] as const)("%s is none", (writeAccess) => {
  expect(looked({ writeAccess })).toMatchObject([{ outcome: "ok" }]);
});
