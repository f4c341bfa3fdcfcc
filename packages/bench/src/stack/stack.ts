import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { Environment } from "@tag-to-endpoint/journey";
import { throwawayStack } from "@tag-to-endpoint/throwaway";
import { root } from "@tag-to-endpoint/toolchain";
import { machineFacts } from "../machine.ts";
import { type StackResult, writeStackReport } from "../report/stack.ts";
import type { Timeline } from "../report/timeline.ts";
import type { Run } from "../run.ts";
import { type Phase, phasesOf } from "./phases.ts";
import { watchProcesses } from "./processes.ts";

/** The commands in the life of a stack that are measured, in their order. */
const commands = [
  { title: "up of a new stack", words: ["up", "--yes", "--skip-preview"] },
  { title: "preview without a change", words: ["preview"] },
  { title: "up without a change", words: ["up", "--yes", "--skip-preview"] },
  { title: "destroy", words: ["destroy", "--yes", "--skip-preview"] },
] as const;

/** How many stacks come up at once. */
const AT_ONCE = 4;

/** Measures Pulumi's commands on throwaway stacks, with the images in docker's cache, and reports. */
export async function benchStack(run: Run, rounds: number): Promise<void> {
  const machine = await machineFacts(run);
  await comeUp(run, "the images, once, for docker's cache", 1);
  const results: StackResult[] = [];
  for (let round = 1; round <= rounds; round++) {
    const stack = await throwawayStack();
    run.atEnd(stack.remove);
    for (const { title, words } of commands) {
      const timeline = await timed(run, stack.environment, title, words);
      results.push(timeline);
      run.say(`round ${round} of ${rounds}, ${title}: ${seconds(timeline.wall)}`);
    }
    results.push({
      title: `up of ${AT_ONCE} new stacks at once`,
      phases: [],
      wall: await comeUp(run, `round ${round} of ${rounds}`, AT_ONCE),
    });
  }
  writeStackReport(run, machine, rounds, results);
}

/** So many new stacks at once; the time until the last of them is up, in milliseconds. */
async function comeUp(run: Run, what: string, count: number): Promise<number> {
  const stacks = await Promise.all(Array.from({ length: count }, () => throwawayStack()));
  try {
    const began = performance.now();
    await Promise.all(stacks.map(({ environment }) => pulumi(run, environment, commands[0].words)));
    const wall = performance.now() - began;
    run.say(`${what}, ${count === 1 ? "1 stack" : `${count} stacks at once`}: ${seconds(wall)}`);
    return wall;
  } finally {
    await Promise.all(stacks.map(({ remove }) => remove()));
  }
}

async function timed(
  run: Run,
  environment: Environment,
  title: string,
  words: readonly string[],
): Promise<Timeline> {
  const watch = watchProcesses();
  const began = performance.now();
  let phases: Phase[];
  try {
    await pulumi(run, environment, words);
  } finally {
    phases = phasesOf(watch.stop());
  }
  return { title, wall: performance.now() - began, phases };
}

/** Runs Pulumi as a person does in this repository. @throws with what it said where it fails */
async function pulumi(run: Run, { env, stack, log }: Environment, words: readonly string[]): Promise<void> {
  run.signal.throwIfAborted();
  const child = spawn(path.join(root, "node_modules/.bin/pulumi"), [...words, "--non-interactive"], {
    cwd: root,
    env: { ...process.env, ...env, PULUMI_STACK: stack },
    stdio: ["ignore", "pipe", "pipe"],
    signal: run.signal,
  });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => said.push(chunk));
  const [code] = (await once(child, "close")) as [number | null];
  const text = Buffer.concat(said).toString("utf8");
  log.append("pulumi", text);
  if (code !== 0) throw new Error(`pulumi ${words.join(" ")} ended with code ${code}:\n${text.slice(-3000)}`);
}

const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`;
