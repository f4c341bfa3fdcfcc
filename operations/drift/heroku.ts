import type { Account } from "../../infra/config/config.ts";
import { heroku, herokuCall } from "../../lib/heroku/client.ts";
import { jsonOf } from "../../lib/http/request.ts";
import { nameIn } from "../../lib/pulumi/urn.ts";
import type { Change } from "./changes.ts";
import { plain, type RefreshStep, type StoredResource } from "./engine.ts";
import type { Finding } from "./outside.ts";

/**
 * The pipelines' authorizations that were revoked. A refresh does not see it: to the engine they are commands
 * with nothing outside to be read.
 */
export async function revokedAuthorizations(
  stored: readonly StoredResource[],
  account: Account,
  stack: string,
): Promise<Change[]> {
  const commands = stored.filter(
    ({ type, inputs }) =>
      type === "command:local:Command" && plain(inputs.create).includes("heroku-authorization"),
  );
  const changes: Change[] = [];
  for (const { urn, outputs } of commands) {
    const { id } = JSON.parse(plain(outputs.stdout)) as { id: string };
    const answer = await herokuCall(account, `/oauth/authorizations/${id}`);
    if (answer.status === 200) continue;
    if (answer.status !== 404) {
      const { message } = (jsonOf(answer) ?? {}) as { message?: string };
      throw new Error(`Heroku answered ${answer.status} when asked for an authorization: ${message ?? ""}`);
    }
    changes.push({
      kind: "token",
      subject: `Heroku authorization ${nameIn(urn)}`,
      where: "Heroku",
      what: "deleted",
      attributes: [],
      urn,
      restore: `npx pulumi up --stack ${stack} --target-replace '${urn}' --target-dependents`,
    });
  }
  return changes;
}

/** Config vars that somebody gave the stack's apps; their values are not looked at. */
export async function extraConfigVars(steps: readonly RefreshStep[], account: Account): Promise<Finding[]> {
  const apps = steps.filter(({ op, newState }) => op !== "delete" && newState?.type === "heroku:app/app:App");
  const findings: Finding[] = [];
  for (const { newState } of apps) {
    const app = String(newState?.outputs.name);
    const managed = Object.keys((newState?.inputs.configVars as object | undefined) ?? {});
    const vars = await heroku<object>(
      account,
      `look-up of ${app}'s config vars`,
      `/apps/${newState?.id}/config-vars`,
    );
    for (const name of Object.keys(vars)
      .filter((key) => !managed.includes(key))
      .sort()) {
      findings.push({
        where: app,
        subject: `config var ${name}`,
        effect: "is in the environment of every dyno",
        remedy: `remove it: heroku config:unset ${name} --app ${app}`,
      });
    }
  }
  return findings;
}
