import { rm } from "node:fs/promises";
import { clone, type Environment, gitlab, nextVersion, pushTag } from "@tag-to-endpoint/journey";
import { machineFacts } from "../machine.ts";
import { type DeliveryResult, writeDeliveryReport } from "../report/delivery.ts";
import type { Run } from "../run.ts";
import { chapterWay } from "./chapter.ts";
import { ourWay } from "./ours.ts";
import { startStack } from "./stack.ts";
import { breakdown } from "./stages.ts";
import { watch } from "./watch.ts";
import type { Warmth, Way } from "./way.ts";

/** Pushes tags to both ways in turn, round by round, and reports how long each stage took. */
export async function benchDelivery(run: Run, rounds: number): Promise<void> {
  const machine = await machineFacts(run);
  const environment = await startStack(run);
  const ways = [await ourWay(run, environment), await chapterWay(run, environment)];
  const results: DeliveryResult[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const warmth of ["cold", "warm"] as const) {
      for (const way of ways) {
        const result = await deliver(run, environment, way, warmth);
        results.push(result);
        run.say(`round ${round} of ${rounds}, ${way.side}, ${warmth}: ${result.total.toFixed(1)} s`);
      }
    }
  }
  writeDeliveryReport(run, machine, rounds, results);
}

/** One tag, from `git push` to the first right answer of its version. */
async function deliver(
  run: Run,
  environment: Environment,
  way: Way,
  warmth: Warmth,
): Promise<DeliveryResult> {
  run.signal.throwIfAborted();
  await way.prepare(warmth);
  const host = environment.env.GITLAB_BASE_URL?.replace(/\/api\/v4\/?$/, "");
  const project = {
    ...{ name: "iris-decision-tree", path: way.model, serverPath: way.server },
    webUrl: `${host}/${way.model}`,
  };
  const tag = await nextVersion(environment, project);
  const folder = await clone(environment, project);
  const [newest] = await gitlab(environment).Pipelines.all(way.server, { perPage: 1, maxPages: 1 });
  const pushed = Date.now();
  const watching = watch(environment, way, tag, newest?.id ?? 0, run.signal);
  await Promise.all([pushTag(environment, folder, tag), watching]);
  const ends = await watching;
  await rm(folder, { recursive: true });
  await settled(run, environment, way);
  return { side: way.side, warmth, ...breakdown(pushed, ends) };
}

/** Waits until the pipelines of a way have ended: what is left of them would slow the next one down. */
async function settled(run: Run, environment: Environment, way: Way): Promise<void> {
  const going = ["created", "waiting_for_resource", "preparing", "pending", "running"];
  for (const project of [way.model, way.server]) {
    for (;;) {
      run.signal.throwIfAborted();
      const all = await gitlab(environment).Pipelines.all(project, { perPage: 5, maxPages: 1 });
      if (!all.some(({ status }) => going.includes(status))) break;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
