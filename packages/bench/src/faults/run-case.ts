/** One case: the stack is put to its start, the command meets what is to go wrong, and all is looked at afterwards. */
import { setTimeout as sleep } from "node:timers/promises";
import { phasesOf } from "../stack/phases.ts";
import type { CrashCase, FaultCase, Victim } from "./cases.ts";
import { type Ended, type Outcome, problemsOf } from "./judge.ts";
import { kindOf } from "./kinds.ts";
import { commandLine, type Running, type Stage } from "./stage.ts";

/** What came of a case. */
export interface Verdict {
  /** Whether what was to go wrong did so. */
  readonly isMet: boolean;
  /** Whether the command went on by itself all the same. */
  readonly wentThrough: boolean;
  readonly problems: readonly string[];
  readonly seconds: number;
  /** What commands printed, for a look at what failed. */
  readonly said: string;
}

/** How long the answer of a request is held under which a process is killed. */
const HELD_SECONDS = 2;

export async function runFaultCase(stage: Stage, one: FaultCase): Promise<Verdict> {
  const { call, operation, kind } = one;
  const began = performance.now();
  const { faultOf, cause } = kindOf(kind);
  await stage.reset(operation, { emptyRegistries: operation === "up" && call.service.endsWith("-registry") });
  await stage.stack.sandbox.faults.add(faultOf(one));
  const first = await stage.start(operation).ended;
  const hits = await hitsOf(stage);
  await stage.stack.sandbox.faults.clear();
  return finish(stage, one, { first, hits, began, cause });
}

export async function runCrashCase(stage: Stage, one: CrashCase): Promise<Verdict> {
  const { call, operation, nth, isAnswered, victim } = one;
  const { service, method, path } = call;
  const began = performance.now();
  const { faults } = stage.stack.sandbox;
  await stage.reset(operation);
  const seconds = isAnswered ? 0 : HELD_SECONDS;
  await faults.add({ fault: "slow", seconds, service, method, path, nth });
  const running = stage.start(operation);
  let hasEnded = false;
  void running.ended.then(() => {
    hasEnded = true;
  });
  while (!hasEnded && (await hitsOf(stage)) === 0) await sleep(20);
  const hits = hasEnded ? 0 : await kill(stage, running, victim);
  const first = await running.ended;
  // What the killed one has left works on; a person sees that, too, before the next command.
  const deadline = Date.now() + 120_000;
  while (stage.stack.workers().length > 0 && Date.now() < deadline) await sleep(100);
  if (victim !== "sandbox" || hits === 0) await faults.clear();
  return finish(stage, one, { first, hits, began });
}

/** @returns how many were killed */
async function kill({ stack }: Stage, { pid: launcher }: Running, victim: Victim): Promise<number> {
  if (victim === "sandbox") {
    await stack.crashSandbox();
    return 1;
  }
  const pids = stack.workers().filter((pid) => isVictim(pid, launcher, victim));
  for (const pid of pids) process.kill(pid, "SIGKILL");
  return pids.length;
}

function isVictim(pid: number, launcher: number, victim: Victim): boolean {
  if (victim === "launcher") return pid === launcher;
  const words = commandLine(pid).split(" ");
  const [phase] = phasesOf([{ pid, parent: 0, words, from: 0, to: 0, cpu: 0 }]);
  return victim === "engine" ? phase?.group === "engine" : phase?.name === victim;
}

async function hitsOf({ stack }: Stage): Promise<number> {
  const reports = await stack.sandbox.faults.list();
  return reports.reduce((sum, { hits }) => sum + hits.length, 0);
}

async function finish(
  stage: Stage,
  { operation }: FaultCase | CrashCase,
  met: { first: Ended; hits: number; began: number; cause?: RegExp },
): Promise<Verdict> {
  const { first, hits, began, cause } = met;
  const second = first.code === 0 ? undefined : await stage.start(operation).ended;
  const isUp = (second ?? first).code === 0 && operation !== "destroy";
  const preview = isUp ? await stage.preview() : undefined;
  const outcome: Outcome = {
    hits,
    first,
    ...(second && { second }),
    ...(preview && { preview }),
    left: await stage.left(),
    differences: stage.differences(),
  };
  return {
    isMet: hits > 0,
    wentThrough: first.code === 0,
    problems: problemsOf(outcome, { secrets: stage.secrets, ...(cause && { cause }) }),
    seconds: (performance.now() - began) / 1000,
    said: [first, second, preview].map((run) => run?.text ?? "").join("\n--- the next command ---\n"),
  };
}
