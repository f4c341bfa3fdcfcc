import { problemLines } from "../../lib/text/problem.ts";
import type { StackConfig } from "../config/config.ts";
import { ProblemsError } from "../config/problems.ts";
import {
  type BadFinding,
  type Check,
  type Finding,
  isBad,
  lookAt,
  ok,
  type Subject,
  unasked,
} from "./check.ts";
import type { Facts } from "./facts.ts";
import { askGitLab, type GitLabAnswers } from "./gitlab/ask.ts";
import { gitlabChecks } from "./gitlab/checks.ts";
import { canRelease } from "./gitlab/runners.ts";
import { askHeroku } from "./heroku/ask.ts";
import { herokuChecks } from "./heroku/checks.ts";
import { machineChecks } from "./machine/checks.ts";
import { clockCheck } from "./machine/clock.ts";
import { askEngine } from "./machine/engine.ts";
import type { Machine } from "./machine/machine.ts";
import { gitlabRegistryChecks, herokuRegistryChecks } from "./registries.ts";
import { type Asked, bodyOf } from "./service.ts";
import { type Surroundings, thisMachine } from "./surroundings.ts";

export type { Facts } from "./facts.ts";
export type { Owned } from "./state.ts";
export type { Surroundings } from "./surroundings.ts";

/** What was found, and what of it the program needs: undefined where a service did not tell. */
export interface Examined {
  readonly findings: readonly Finding[];
  readonly facts: Facts | undefined;
}

/**
 * Looks at everything the stack depends on, in previews too, and creates nothing.
 * @throws ProblemsError naming every problem at once
 */
export async function preflight(config: StackConfig, world: Surroundings = thisMachine): Promise<Facts> {
  const { findings, facts } = await examine(config, world);
  const problems = findings.filter(isBad).filter(({ outcome }) => outcome === "problem");
  if (!facts || problems.length > 0) throw new ProblemsError("The stack cannot come up", problems);
  // All that is bad and no problem is a warning.
  for (const finding of findings.filter(isBad)) world.warn(warningText(finding));
  return facts;
}

function warningText(finding: BadFinding): string {
  return `${finding.setting}: ${finding.check}\n${problemLines(finding, 2)}`;
}

/** All checks, whatever they find. Services and machine are asked at the same time. */
export async function examine(config: StackConfig, world: Surroundings): Promise<Examined> {
  const owned = await world.owned();
  const machine: Machine = { config, world, engine: askEngine(world) };
  const gitlab = askGitLab(config, owned, world.now);
  const heroku = askHeroku(config, owned, world.now);
  const found = await Promise.all([
    ofService("GitLab", config.gitlab.url, gitlab, machine, [...gitlabChecks, ...gitlabRegistryChecks]),
    ofService("Heroku", config.heroku.url, heroku, machine, [...herokuChecks, ...herokuRegistryChecks]),
    lookAt("This machine", machineChecks, machine),
    lookAt("This machine", [clockCheck], { gitlab, heroku }),
  ]);
  const asked = await gitlab;
  return { findings: found.flat(), facts: "answers" in asked ? factsIn(asked.answers) : undefined };
}

/** The checks of a service, or the one thing for which nothing can be asked of it. */
async function ofService<Answers extends object>(
  subject: Subject,
  url: string,
  service: Promise<Asked<Answers>>,
  machine: Machine,
  checks: ReadonlyArray<Check<Machine & Answers>>,
): Promise<Finding[]> {
  const asked = await service;
  const access: Check<Asked<Answers>> = {
    name: `access to ${subject}`,
    setting: subject === "GitLab" ? "gitlab:token" : "heroku:apiKey",
    look: () => ("answers" in asked ? ok(url) : asked.unusable),
  };
  const first = await lookAt(subject, [access], asked);
  if ("unusable" in asked) return [...first, ...unasked(subject, checks, `${subject} cannot be asked`)];
  return [...first, ...(await lookAt(subject, checks, { ...machine, ...asked.answers }))];
}

function factsIn(answers: GitLabAnswers): Facts | undefined {
  const { namespace, metadata, user } = answers;
  const namespaceId = bodyOf<{ id: number }>(namespace)?.id;
  if (namespaceId === undefined) return undefined;
  const { username, name, email } = user;
  const enterprise = bodyOf<{ enterprise?: boolean }>(metadata)?.enterprise === true;
  return { namespaceId, enterprise, user: { username, name, email }, canRelease: canRelease(answers) };
}
