import { appendFileSync, writeFileSync } from "node:fs";
import { watchInterruption } from "@tag-to-endpoint/command-line";
import { resultFile } from "../report/result-file.ts";
import {
  casesOf,
  crashesOf,
  inTurn,
  isWanted,
  operationNames,
  sample,
  together,
  wordsOfCase,
  wordsOfCrash,
} from "./cases.ts";
import type { KindName } from "./kinds.ts";
import { faultReport, isPassed, type Result } from "./report.ts";
import { runCrashCase, runFaultCase, type Verdict } from "./run-case.ts";
import { LIGHT, prepareStage, type Stage } from "./stage.ts";

export interface FaultSettings {
  /** Words that the name of a case has to have. */
  readonly only?: string;
  /** How many cases, evenly spread over all. */
  readonly sample?: number;
  /** How many stacks at once. */
  readonly atOnce: number;
  /** Whether the stack has the default settings and not those by which it comes up quickly. */
  readonly whole: boolean;
}

/** A case that can be run, and its place in the report. */
interface Case {
  readonly operation: string;
  readonly kind: string;
  readonly words: string;
  run(stage: Stage): Promise<Verdict>;
}

/** Every kind of fault at every kind of call. Prints what came of it. @returns whether all passed */
export function benchFaults(kinds: readonly KindName[], settings: FaultSettings): Promise<boolean> {
  return benchCases("faults", settings, ({ calls }) =>
    together(
      operationNames.map((operation) =>
        casesOf(operation, calls[operation], kinds).map((round) =>
          round.map((one) => ({
            operation,
            kind: one.kind,
            words: wordsOfCase(one),
            run: (stage: Stage) => runFaultCase(stage, one),
          })),
        ),
      ),
    ),
  );
}

/** Every process killed at every changing request. Prints what came of it. @returns whether all passed */
export function benchCrashes(settings: FaultSettings): Promise<boolean> {
  return benchCases("crashes", settings, ({ calls }) =>
    together(
      operationNames.map((operation) =>
        crashesOf(operation, calls[operation]).map((round) =>
          round.map((one) => ({
            operation,
            kind: one.victim,
            words: wordsOfCrash(one),
            run: (stage: Stage) => runCrashCase(stage, one),
          })),
        ),
      ),
    ),
  );
}

async function benchCases(
  bench: string,
  { only, sample: wanted, atOnce, whole }: FaultSettings,
  all: (stage: Stage) => readonly (readonly Case[])[],
): Promise<boolean> {
  const started = Date.now();
  const say = (text: string) =>
    process.stdout.write(`${String(Math.round((Date.now() - started) / 1000)).padStart(5)} s  ${text}\n`);
  const interruption = watchInterruption(() => say("Interrupted. The cases that run are the last ones."));
  const file = resultFile(bench);
  const results: Result[] = [];
  // One after the other: the first fills docker's cache for the others.
  const stages: Stage[] = [];
  try {
    for (let place = 1; place <= atOnce; place++) {
      say(`stack ${place} of ${atOnce}: up, update, rotate and destroy without a fault`);
      stages.push(await prepareStage(whole ? {} : LIGHT, say, interruption.check));
    }
    const [first] = stages;
    if (first === undefined) return false;
    const rounds = all(first).map((round) => round.filter(({ words }) => isWanted(words, only)));
    const chosen = inTurn(sample(rounds, wanted));
    say(`${chosen.length} of ${rounds.flat().length} cases; what each printed: ${file}.log`);
    const queue = chosen.values();
    const work = async (stage: Stage) => {
      for (const one of queue) {
        if (interruption.isInterrupted()) return;
        const { said, ...verdict } = await one.run(stage);
        const { operation, kind, words } = one;
        results.push({ operation, kind, words, ...verdict });
        const judged = isPassed(verdict) ? (verdict.isMet ? "passed" : "not met") : "FAILED";
        const lines = verdict.problems.map((problem) => `\n           ${problem}`);
        say(
          `${results.length}/${chosen.length} ${judged}, ${verdict.seconds.toFixed(0)} s: ${words}${lines.join("")}`,
        );
        appendFileSync(`${file}.log`, `=== ${judged}: ${words}\n${said}\n`);
        writeFileSync(`${file}.json`, `${JSON.stringify(results, undefined, 2)}\n`);
      }
    };
    await Promise.all(stages.map(work));
  } finally {
    await Promise.all(stages.map(({ stack }) => stack.remove()));
  }
  process.stdout.write(`\n${faultReport(results)}\n\n${file}.json\n`);
  return results.every(isPassed) && results.length > 0 && !interruption.isInterrupted();
}
