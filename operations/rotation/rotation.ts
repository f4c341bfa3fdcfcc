/** Replaces the pipelines' credentials, the new one being in use before the old one is revoked. */
import { setTimeout as sleep } from "node:timers/promises";
import type { StackConfig } from "../../infra/config/config.ts";
import type { Issuer } from "../../lib/credentials/generations.ts";
import { componentType, types } from "../../lib/pulumi/types.ts";
import type { Stack } from "../cli/stack.ts";
import { credentialsOf } from "../status/status.ts";
import { presentPipelinesEnd, StillRunning } from "./pipelines.ts";
import { tryGenerations } from "./trial.ts";
import { otherUpdatesEnd, repairRest } from "./turn.ts";

export const issuers: readonly Issuer[] = ["gitlab", "heroku"];

const settingOf = { gitlab: "accessTokenGenerations", heroku: "herokuTokenGenerations" } as const;
const namesFor = (config: StackConfig) =>
  ({
    gitlab: config.writeAccess === "deployKey" ? "deploy keys" : "access tokens",
    heroku: "Heroku authorization",
  }) as const;

export interface RotationOptions {
  readonly issuers: readonly Issuer[];
  /** How long to wait for pipelines. */
  readonly waitMinutes: number;
  /** Time that GitLab may take to make the server's pipeline of a push. */
  readonly settleSeconds: number;
  readonly pollSeconds: number;
  say(line: string): void;
}

/**
 * What is to be done for one issuer, told from the settings and the state alone, so that a rotation goes on
 * wherever it was interrupted: `start` from one generation, `resume` with two, or `finish` when the settings
 * have the new one alone and the state still has the old. `again` where somebody put the settings back meanwhile: the state
 * has a newer one than they name, and the old one is the one to be replaced still.
 */
export type Phase = "start" | "again" | "resume" | "finish";

export function phaseOf(wanted: readonly number[], present: readonly number[]): Phase {
  if (wanted.length > 1) return "resume";
  if (present.some((generation) => generation > Math.max(...wanted))) return "again";
  return present.some((generation) => !wanted.includes(generation)) ? "finish" : "start";
}

/** The generations that a rotation begins with: the next one is newer than any that ever was in settings or state. */
export function nextGenerations(wanted: readonly number[], present: readonly number[]): number[] {
  return [...wanted, Math.max(...wanted, ...present) + 1];
}

/** Replaces credentials. Throws with what to do next when pipelines do not end in time. */
export async function rotate(stack: Stack, options: RotationOptions): Promise<void> {
  const { say } = options;
  await otherUpdatesEnd(stack.name, options);
  await repairRest(stack.name, say);
  const config = await stack.config();
  const chosen = usable(config, options);
  const names = namesFor(config);
  const present = presentGenerations(await stack.read("stack", "export"), config);
  const phases = new Map(
    chosen.map((issuer) => [issuer, phaseOf(config[settingOf[issuer]], present[issuer])]),
  );
  const having = (...wanted: Phase[]) =>
    chosen.filter((issuer) => wanted.includes(phases.get(issuer) ?? "start"));

  if (having("start").length === chosen.length) await checkUpToDate(stack);
  for (const issuer of having("resume", "finish"))
    say(`Continuing the interrupted rotation of the ${names[issuer]}.`);
  for (const issuer of having("again"))
    say(`The settings were put back in a rotation of the ${names[issuer]}; it begins again.`);
  const starting = having("start", "again");
  if (starting.length > 0) {
    const next = starting.map(
      (issuer) => [issuer, nextGenerations(config[settingOf[issuer]], present[issuer])] as const,
    );
    await tryGenerations(stack, settingWords(next));
    await setGenerations(stack, next);
  }

  const overlapping = having("start", "again", "resume");
  if (overlapping.length > 0) {
    const what = overlapping.map((issuer) => names[issuer]).join(" and ");
    say(`1. A new generation of ${what}, beside the old; new jobs get the new one.`);
    await update(stack, options);
    say("2. Waiting for pipelines that may hold the old generation.");
    await oldPipelinesEnd(stack, config, overlapping, options);
    const now = await stack.config();
    await checkInUse(stack, now, overlapping);
    await setGenerations(
      stack,
      overlapping.map((issuer) => [issuer, now[settingOf[issuer]].slice(-1)]),
    );
  }
  say(`${overlapping.length > 0 ? "3. " : ""}The old generation is revoked.`);
  await update(stack, options);
  const after = await stack.config();
  for (const issuer of chosen)
    say(`The ${names[issuer]}: only generation ${after[settingOf[issuer]].join()} is valid now.`);
}

/** Applies the settings, after whatever else works on the stack. */
async function update(stack: Stack, options: RotationOptions): Promise<void> {
  await otherUpdatesEnd(stack.name, options);
  await stack.show("up", "--yes", "--skip-preview", "--suppress-outputs");
}

/** The old ones go only where the services have the new ones: somebody may have removed one meanwhile. */
async function checkInUse({ name }: Stack, config: StackConfig, chosen: readonly Issuer[]): Promise<void> {
  const missing = (await credentialsOf(config)).filter(
    ({ issuer, inUse, end }) => chosen.includes(issuer) && inUse && end === undefined,
  );
  if (missing.length === 0) return;
  throw new Error(
    `The new generation is not there as a whole: ${missing.map(({ what }) => what).join(", ")} is missing or revoked.\n` +
      `Nothing was revoked by this rotation. Bring it back by the command that npm run drift -- --stack ${name} shows, ` +
      `then: npm run rotate -- --stack ${name}`,
  );
}

/** The issuers that the stack has; a supplied token is no credential of the stack's making. */
function usable(config: StackConfig, { issuers: chosen, say }: RotationOptions): readonly Issuer[] {
  if (config.writeAccess !== "token" || !chosen.includes("gitlab")) return chosen;
  const hint =
    "mlops:writeAccess is token, so it is up to you to replace the token that writes to the server's repository: " +
    "pulumi config set --secret mlops:writeToken, pulumi up, and revoke the old one when no pipeline runs.";
  if (chosen.length === 1) throw new Error(hint);
  say(hint);
  return chosen.filter((issuer) => issuer !== "gitlab");
}

/** A rotation changes nothing else on the way, such as a protection rule that nobody has looked at. */
async function checkUpToDate(stack: Stack): Promise<void> {
  try {
    await stack.read("preview", "--expect-no-changes");
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new Error(
      `A rotation starts only when \`pulumi up\` has nothing to do, and this preview shows changes:\n${said}\n` +
        "Look at them (npx pulumi preview --diff), apply them (npx pulumi up), then rotate.",
    );
  }
}

/** One write of the settings file for all issuers. */
async function setGenerations(stack: Stack, values: ReadonlyArray<readonly [Issuer, readonly number[]]>) {
  await stack.read("config", "set-all", ...settingWords(values));
}

function settingWords(values: ReadonlyArray<readonly [Issuer, readonly number[]]>): string[] {
  return values.flatMap(([issuer, list]) => [
    "--plaintext",
    `mlops:${settingOf[issuer]}=${JSON.stringify(list)}`,
  ]);
}

/** The generations in the stack's state, which an interrupted update leaves different from the settings. */
export function presentGenerations(stateJson: string, config: StackConfig): Record<Issuer, number[]> {
  const { deployment } = JSON.parse(stateJson) as { deployment: { resources?: Array<{ urn: string }> } };
  const urns = (deployment.resources ?? []).map(({ urn }) => urn);
  const models = config.models.map(({ name }) => `${name}-access`);
  return {
    gitlab: generationsOf(
      urns,
      config.writeAccess === "deployKey" ? types.gitlab.deployKey : types.gitlab.projectAccessToken,
      models,
    ),
    heroku: generationsOf(urns, `${componentType("HerokuAuthorization")}$${types.command}`, [
      "mlserver-deploy",
    ]),
  };
}

function generationsOf(urns: readonly string[], type: string, bases: readonly string[]): number[] {
  const found = new Set<number>();
  for (const urn of urns) {
    const [types = "", name = ""] = urn.split("::").slice(-2);
    if (!types.endsWith(type)) continue;
    for (const base of bases) {
      if (name === base) found.add(1);
      else if (name.startsWith(`${base}-`) && /^\d+$/.test(name.slice(base.length + 1))) {
        found.add(Number(name.slice(base.length + 1)));
      }
    }
  }
  return [...found].sort((a, b) => a - b);
}

async function oldPipelinesEnd(
  { name }: Stack,
  config: StackConfig,
  chosen: readonly Issuer[],
  { waitMinutes, settleSeconds, pollSeconds, say }: RotationOptions,
): Promise<void> {
  const path = (project: string) => `${config.gitlabNamespace}/${project}`;
  const waiting = {
    deadline: Date.now() + waitMinutes * 60_000,
    pollSeconds,
    say: (line: string) => say(`   ${line}`),
  };
  try {
    if (chosen.includes("gitlab")) {
      const models = config.models.map((model) => path(model.name));
      await presentPipelinesEnd(config.gitlab, models, waiting);
      // The server's pipeline of a push may belong to the token's own user, who goes with the token.
      await sleep(settleSeconds * 1000);
    }
    await presentPipelinesEnd(config.gitlab, [path(config.serverProjectName)], waiting);
  } catch (error) {
    if (!(error instanceof StillRunning)) throw error;
    throw new Error(
      `After ${waitMinutes} minutes these pipelines, which may hold the old credentials, are ${error.message}\n` +
        "Nothing was revoked: the old and the new generation are both valid. Continue when they have ended: " +
        `npm run rotate -- --stack ${name}`,
    );
  }
}
