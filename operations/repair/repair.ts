/** Brings a state and what there is together again after an update that was interrupted or got no answer. */

import type { StackConfig } from "../../infra/config/config.ts";
import { readUnfinished } from "../../lib/consent/unfinished.ts";
import { markOf } from "../../lib/pulumi/mark.ts";
import { types } from "../../lib/pulumi/types.ts";
import { root } from "../../lib/repository.ts";
import { problemLines } from "../../lib/text/problem.ts";
import { readStack, stackConfig } from "../cli/read-stack.ts";
import { type Evidence, evidenceFrom, isAny } from "./evidence.ts";
import { leftoversOf } from "./leftovers.ts";
import { markedProjects } from "./marked-projects.ts";
import { placesOf } from "./places.ts";
import { mendState } from "./quick.ts";
import { readState, type State, said, settle } from "./state.ts";
import { type Found, ownApp, ownProject, takeOver } from "./take-over.ts";

/**
 * What `npm run repair` does: the files of the state, and then all else.
 * @returns how many things were done
 * @throws when a Pulumi that may still run works on the stack, or when a service or the state is not at hand
 */
export async function repairStack(stack: string, tell: (line: string) => void): Promise<number> {
  let done = 0;
  const count = (line: string) => {
    done++;
    tell(line);
  };
  const { live } = mendState(stack, process.env);
  if (live.length > 0) throw new Error(isLocked(live));
  await repair(stack, count);
  return done;
}

function isLocked(live: readonly string[]): string {
  return [
    "Another Pulumi may be at work on the stack; nothing was done.",
    problemLines(
      {
        found: live.join("; "),
        allowed: "no lock, or that of a process of this machine that is gone",
        fix: "wait for its end. If it is not at work any more, wherever it was: npx pulumi cancel",
      },
      2,
    ),
  ].join("\n");
}

/**
 * Takes over what the stack made itself, removes what is of no use to it, and settles operations that never ended. What is
 * done is told line by line as it is done, so that a repair that fails midway has told what it did.
 * @throws when a service or the state is not at hand
 */
export async function repair(stack: string, tell: (line: string) => void): Promise<void> {
  let state = await readState(stack);
  const urn = (state.resources.find(({ type }) => type === types.stack) ?? state.pending[0]?.resource)?.urn;
  // Without a single resource there was no update that could have made anything.
  if (urn === undefined) return;
  const [, name = "", project = ""] = /^urn:pulumi:(.+?)::(.+?)::/.exec(urn) ?? [];
  const history = await readStack(stack, "stack", "history", "--json", "--page-size", "1000");
  const evidence = evidenceFrom(history, readUnfinished(root, name), state.pending);
  if (isAny(evidence)) {
    const mark = markOf({ project, stack: name });
    const config = await stackConfig(stack);
    const own = await ownAmongMissing(config, state, placesOf(config, `urn:pulumi:${name}::${project}::`), {
      mark,
      evidence,
    });
    for (const line of await takeOver(stack, state, own)) tell(line);
    if (own.length > 0) state = await readState(stack);
    for (const { words, remove } of await leftoversOf({ config, state, evidence, mark })) {
      await remove();
      tell(words);
    }
  }
  for (const line of await settle(stack, state)) tell(line);
  for (const line of await dropMarked(stack)) tell(line);
}

/** Drops projects from the state that GitLab will remove. @returns a line for each */
async function dropMarked(stack: string): Promise<string[]> {
  // Read again: what was settled is not in it any more.
  const state = await readState(stack);
  if (state.resources.every(({ type }) => type !== types.gitlab.project)) return [];
  const marked = await markedProjects((await stackConfig(stack)).gitlab, state);
  if (marked.length === 0) return [];
  for (const { finish } of marked) await finish();
  const targets = marked.flatMap(({ urn }) => ["--target", urn]);
  await said("refresh", "--yes", "--skip-preview", "--stack", stack, ...targets);
  return marked.map(({ words }) => words);
}

/** What the stack made of the projects and the app that its state does not have. */
async function ownAmongMissing(
  config: StackConfig,
  { resources }: State,
  { server, models, app }: ReturnType<typeof placesOf>,
  { mark, evidence }: { mark: string; evidence: Evidence },
): Promise<Found[]> {
  const known = new Set(resources.map(({ urn }) => urn));
  const missing = [server, ...models].filter(({ urn }) => !known.has(urn));
  const found = await Promise.all([
    ...missing.map((place) => ownProject(config, place, mark, evidence)),
    ...(known.has(app.urn) ? [] : [ownApp(config, app, evidence)]),
  ]);
  return found.filter((one) => one !== undefined);
}
