import { setCommand } from "../../config/config.ts";
import { type Check, ok, type Verdict, warning } from "../check.ts";
import type { GitLabAnswers } from "./ask.ts";

export const writeAccessChecks: ReadonlyArray<Check<GitLabAnswers>> = [
  { name: "what the models push with", setting: "mlops:writeAccess", look: checkWriteAccess },
];

/** One token of somebody's own would be in every model project, and is good for all that its owner may push to. */
function checkWriteAccess({ config: { writeAccess, models } }: GitLabAnswers): Verdict {
  if (writeAccess === "deployKey") return ok("an SSH key for each model, for the server's repository alone");
  if (writeAccess === "projectAccessToken")
    return ok("a token for each model, for the server's project alone");
  const projects = models.length === 1 ? "the model's project" : `all ${models.length} model projects`;
  return warning({
    found: `token: mlops:writeToken goes into ${projects}, and pushes wherever its owner may push`,
    allowed:
      "deployKey or projectAccessToken, which are good for the server's repository alone; or the token of a service " +
      "account that is a member of the server's project alone",
    fix: `${setCommand("mlops:writeAccess", "deployKey")} and pulumi config rm mlops:writeToken, or leave it if it is such an account's`,
  });
}
