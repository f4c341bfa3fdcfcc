import { type Contender, chapter, client, ours } from "./contenders.ts";
import type { ImageEffort } from "./effort.ts";
import { Figures, type Target } from "./figures.ts";
import { machineFacts, versionsIn } from "./machine.ts";
import {
  attachClient,
  type Client,
  direct,
  type LoadTarget,
  nginxOverhead,
  throughNginx,
} from "./measure/load.ts";
import { memoryOf } from "./measure/memory.ts";
import { redeploy } from "./measure/redeploy.ts";
import { sizeOf } from "./measure/size.ts";
import { type Registry, startRegistry } from "./registry.ts";
import { writeImageReport } from "./report/image.ts";
import type { Run } from "./run.ts";
import { type Conditions, conditionsFor, type Serving, serve } from "./serving.ts";

interface Side {
  contender: Contender;
  conditions: Conditions;
}

/** One run of the bench: what is measured, by what, and where the figures go. */
interface Bench {
  run: Run;
  effort: ImageEffort;
  sides: Side[];
  clientImage: string;
  figures: Figures;
}

const modelCounts = [1, 2, 8];
const connectionCounts = [1, 16, 64];
const requestsBeforeMemory = 10_000;
const chapterCached = " (chapter: its layers cached)";
const third: Target = { kind: "ratio", atMost: 1 / 3 };
const half: Target = { kind: "ratio", atMost: 1 / 2 };
const fifth: Target = { kind: "ratio", atMost: 1 / 5 };
const tenth: Target = { kind: "ratio", atMost: 1 / 10 };
const twice: Target = { kind: "ratio", atLeast: 2 };

/** Builds and measures both images side by side, round by round, and reports. */
export async function benchImage(run: Run, effort: ImageEffort): Promise<void> {
  const machine = await machineFacts(run);
  const bench: Bench = { run, effort, sides: [], clientImage: await client(run), figures: new Figures() };
  const { sides, figures } = bench;
  for (const contender of [await chapter(run), await ours(run)]) {
    const conditions = await conditionsFor(run, contender, await contender.build(1));
    run.say(`${contender.side}: runs as ${conditions.name}`);
    sides.push({ contender, conditions });
  }
  const versions = Object.fromEntries(
    await Promise.all(
      sides.map(async ({ contender }) => [contender.side, await versionsIn(run, await contender.build(1))]),
    ),
  );

  const registry = await startRegistry(run);
  await measureSize(bench, registry);
  await measureRedeployments(bench, registry);
  for (let round = 1; round <= effort.rounds; round++) {
    const of = `round ${round} of ${effort.rounds}`;
    await measureBoot(bench, of);
    await measureMemory(bench, of);
    await measureLoad(bench, of);
  }
  writeImageReport(run, {
    ...{ machine, versions, effort },
    conditions: Object.fromEntries(sides.map((side) => [side.contender.side, side.conditions.name])),
    bases: Object.fromEntries(sides.map((side) => [side.contender.side, side.contender.baseKind])),
    figures: figures.list(),
  });
}

const inWords = (connections: number) => `${connections} ${connections === 1 ? "connection" : "connections"}`;

async function measureSize({ run, sides, figures }: Bench, registry: Registry): Promise<void> {
  for (const { contender } of sides) {
    run.say(`${contender.side}: size`);
    const size = await sizeOf(run, contender, await contender.build(1), registry);
    const add = (name: string, value: number, target?: Target) =>
      figures.add({ group: "Size", name, unit: "bytes", ...(target && { target }) }, contender.side, value);
    add("compressed", size.compressed, third);
    add("unpacked", size.unpacked, third);
    add("compressed, both with LightGBM", size.compressedWithLightGbm, third);
    add("compressed, layers above the base", size.compressedAboveBase);
    add("unpacked, layers above the base", size.unpackedAboveBase);
    add("compressed, pulled by an empty engine before it can build", size.pulledFirst);
  }
}

/** The cost of one more model version. */
async function measureRedeployments(
  { run, sides, figures, effort }: Bench,
  registry: Registry,
): Promise<void> {
  for (let round = 1; round <= effort.rounds; round++) {
    for (const { contender } of sides) {
      const add = (cache: string, result: { seconds: number; bytes: number }, judged: boolean) => {
        const about = (name: string) => ({ group: "One more model version", name: `${name}${cache}` });
        const bytes = { ...about("bytes pushed"), unit: "bytes", ...(judged && { target: tenth }) } as const;
        const time = {
          ...about("build and push"),
          unit: "seconds",
          ...(judged && { target: fifth }),
        } as const;
        figures.add(bytes, contender.side, result.bytes);
        figures.add(time, contender.side, result.seconds);
      };
      if (contender.side === "ours") {
        run.say(`redeployment ${round} of ${effort.rounds}: ours`);
        // There is nothing to install, so that a cache makes no difference.
        const result = await redeploy(run, contender, registry, { models: round + 1, noCache: false });
        add("", result, true);
        add(chapterCached, result, false);
      } else {
        run.say(`redeployment ${round} of ${effort.rounds}: chapter (its whole build, about 50 s)`);
        add("", await redeploy(run, contender, registry, { models: 2 * round, noCache: true }), true);
        const cached = await redeploy(run, contender, registry, { models: 2 * round + 1, noCache: false });
        add(chapterCached, cached, false);
      }
    }
  }
}

async function measureBoot({ run, sides, figures, effort }: Bench, of: string): Promise<void> {
  for (let boot = 0; boot < effort.boots; boot++) {
    for (const { contender, conditions } of sides) {
      const image = await contender.build(1);
      for (const firstRequest of ["at once", "when ready"] as const) {
        const serving = await serve(run, contender, image, conditions.options, { firstRequest });
        await serving.remove();
        const name =
          firstRequest === "at once" ? "asked from the start on" : "asked once the model server is ready";
        figures.add(
          { group: "Boot", name, unit: "seconds", target: half },
          contender.side,
          serving.bootSeconds,
        );
        run.say(`${of}, ${contender.side}: boot, ${name}, ${serving.bootSeconds.toFixed(2)} s`);
      }
    }
  }
}

async function measureMemory(bench: Bench, of: string): Promise<void> {
  for (const versions of modelCounts) {
    for (const side of bench.sides) await measureMemoryWith(bench, side, versions, of);
  }
}

async function measureMemoryWith(
  { run, clientImage, figures }: Bench,
  { contender, conditions }: Side,
  versions: number,
  of: string,
): Promise<void> {
  const image = await contender.build(versions);
  const serving = await serve(run, contender, image, conditions.options, { versions });
  const load = await attachClient(run, clientImage, serving);
  const note = async (when: string) => {
    const memory = await memoryOf(run, serving, load);
    const name = `${versions} ${versions === 1 ? "model" : "models"} ${when}`;
    const target = versions === 2 ? { target: { kind: "ours", below: 300e6 } as const } : {};
    const about = { group: "Memory", unit: "bytes", ...target } as const;
    figures.add({ ...about, name: `${name}, container` }, contender.side, memory.container);
    figures.add({ ...about, name: `${name}, processes` }, contender.side, memory.processes);
    run.say(`${of}, ${contender.side}: memory, ${name}, ${Math.round(memory.container / 1e6)} MB`);
  };
  await note("after load");
  await load.checked(throughNginx(serving), requestsBeforeMemory, { versions, connections: 16 });
  await note("after 10,000 requests");
  await load.remove();
  await serving.remove();
}

/** A contender that serves, and who asks it. */
interface Served {
  side: Contender["side"];
  serving: Serving;
  load: Client;
  targets: { nginx: LoadTarget; direct: LoadTarget };
}

async function measureLoad(bench: Bench, of: string): Promise<void> {
  const { run, sides, clientImage } = bench;
  const served: Served[] = [];
  for (const { contender, conditions } of sides) {
    const serving = await serve(run, contender, await contender.build(1), conditions.options);
    const load = await attachClient(run, clientImage, serving);
    const targets = { nginx: throughNginx(serving), direct: direct(contender.directPort) };
    await load.checked(targets.nginx, 500, { connections: 16 });
    served.push({ side: contender.side, serving, load, targets });
  }
  for (const connections of connectionCounts) {
    for (const way of ["nginx", "direct"] as const) {
      for (const one of served) await measureSlice(bench, one, way, connections, of);
    }
  }
  for (const one of served) {
    await measureOverhead(bench, one, of);
    await one.load.remove();
    await one.serving.remove();
  }
}

/** One slice of load on one contender, through nginx or past it. */
async function measureSlice(
  { run, effort, figures }: Bench,
  { side, load, targets }: Served,
  way: "nginx" | "direct",
  connections: number,
  of: string,
): Promise<void> {
  const result = await load.load(targets[way], connections, effort.slice);
  const group = way === "nginx" ? "Through nginx" : "Direct to MLServer";
  const add = (what: string, unit: "requests/s" | "milliseconds", value: number, target?: Target) =>
    figures.add(
      { group, name: `${inWords(connections)}, ${what}`, unit, ...(target && { target }) },
      side,
      value,
    );
  add("requests", "requests/s", result.requestsPerSecond, way === "nginx" ? twice : undefined);
  add("p50", "milliseconds", result.p50);
  add("p99", "milliseconds", result.p99);
  run.say(`${of}, ${side}: ${way}, ${inWords(connections)}, ${result.requestsPerSecond.toFixed(0)}/s`);
}

/** What nginx adds to the time of an answer. */
async function measureOverhead(
  { run, effort, figures }: Bench,
  { side, load, targets }: Served,
  of: string,
): Promise<void> {
  for (const connections of connectionCounts) {
    const overhead = await nginxOverhead(load, targets, { connections, pairs: effort.pairs, seconds: 1 });
    const name = `overhead at p50, ${inWords(connections)}`;
    const target = { kind: "ours", below: 10 } as const;
    figures.add({ group: "nginx", name, unit: "percent", target }, side, overhead);
    run.say(`${of}, ${side}: nginx adds ${overhead.toFixed(1)} % to p50 at ${inWords(connections)}`);
  }
}
