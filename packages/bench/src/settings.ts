import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "@tag-to-endpoint/toolchain";
import { type Contender, client, ours } from "./contenders.ts";
import type { Effort } from "./effort.ts";
import { machineFacts } from "./machine.ts";
import { attachClient, type Client, type LoadTarget, throughNginx } from "./measure/load.ts";
import { memoryOf } from "./measure/memory.ts";
import { writeSettingsReport } from "./report/settings.ts";
import type { Run } from "./run.ts";
import { conditions, type Serving, serve } from "./serving.ts";
import { type Variant, type VariantResults, variants } from "./variants.ts";

const rootfs = path.join(root, "image/runtime/rootfs");
const settingsFile = "/srv/mlserver/settings.json";
const templateFile = "/etc/mlserver/nginx.conf.template";

/** Kinds of load: connections, and how many flowers one request has. */
export const loads = [
  { name: "1 connection", connections: 1, rows: 1 },
  { name: "16 connections", connections: 16, rows: 1 },
  { name: "64 connections", connections: 64, rows: 1 },
  { name: "4 connections, 2,000 flowers a request", connections: 4, rows: 2000 },
] as const;

/** A variant that serves, who asks it, and what was measured of it so far. */
interface Served {
  result: VariantResults;
  serving: Serving;
  load: Client;
}

/** Measures every variant of the serving settings against the default, round by round, and reports. */
export async function benchSettings(run: Run, effort: Effort): Promise<void> {
  const machine = await machineFacts(run);
  const clientImage = await client(run);
  const contender = await ours(run);
  const image = await contender.build(1);
  const results = variants.map(
    (variant): VariantResults => ({
      name: variant.name,
      loads: Object.fromEntries(loads.map(({ name }) => [name, { requestsPerSecond: [], p50: [], p99: [] }])),
      memory: [],
    }),
  );
  for (let round = 1; round <= effort.rounds; round++) {
    const of = `round ${round} of ${effort.rounds}`;
    run.say(`${of}: starting ${variants.length} variants`);
    const served: Served[] = [];
    for (const [index, variant] of variants.entries()) {
      const result = results[index];
      if (result === undefined || result.problem !== undefined) continue;
      const one = await startVariant(run, { contender, image, clientImage }, variant, index);
      if (typeof one === "string") result.problem = one;
      else served.push({ result, ...one });
    }
    await measureLoads(run, served, effort, of);
    for (const { result, serving, load } of served) {
      result.memory.push((await memoryOf(run, serving, load)).container);
      await load.remove();
      await serving.remove();
    }
  }
  writeSettingsReport(run, machine, effort, results);
}

/** Each kind of load on one variant after the other. */
async function measureLoads(run: Run, served: Served[], { slice }: Effort, of: string): Promise<void> {
  for (const { name, connections, rows } of loads) {
    run.say(`${of}: ${name}`);
    for (const { result, serving, load } of served) {
      const target: LoadTarget = { ...throughNginx(serving), ...(rows > 1 && flowers(rows)) };
      const { requestsPerSecond, p50, p99 } = await load.load(target, connections, slice);
      const values = result.loads[name];
      values?.requestsPerSecond.push(requestsPerSecond);
      values?.p50.push(p50);
      values?.p99.push(p99);
    }
  }
}

/** A variant that answers, or the reason why it does not: that is a result too, but for the default, which must. */
async function startVariant(
  run: Run,
  { contender, image, clientImage }: { contender: Contender; image: string; clientImage: string },
  variant: Variant,
  index: number,
): Promise<{ serving: Serving; load: Client } | string> {
  try {
    const serving = await start(run, contender, image, variant, index);
    const load = await attachClient(run, clientImage, serving);
    await load.checked(throughNginx(serving), 300, { connections: 16 });
    return { serving, load };
  } catch (error) {
    run.signal.throwIfAborted();
    if (index === 0) throw error;
    const problem = error instanceof Error ? error.message : String(error);
    run.say(`${variant.name}: ${problem}`);
    return problem;
  }
}

/** A container of the image with a variant's files mounted over the image's own. */
async function start(
  run: Run,
  contender: Contender,
  image: string,
  variant: Variant,
  index: number,
): Promise<Serving> {
  const folder = path.join(run.folder, `variant-${index}`);
  mkdirSync(folder, { recursive: true });
  const mounts: string[] = [];
  const mount = (target: string, change: (text: string) => string) => {
    const file = path.join(folder, path.basename(target));
    writeFileSync(file, change(readFileSync(path.join(rootfs, target), "utf8")));
    mounts.push("--volume", `${file}:${target}:ro`);
  };
  const { nginx, mlserver, environment = {} } = variant;
  if (nginx) mount(templateFile, nginx);
  if (mlserver) {
    mount(settingsFile, (text) => JSON.stringify({ ...(JSON.parse(text) as object), ...mlserver }));
  }
  const variables = Object.entries(environment).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
  const heroku = conditions[0]?.options ?? [];
  return serve(run, contender, image, [...heroku, ...mounts, ...variables], { limitSeconds: 20 });
}

/** A request with many flowers, whose answer is long enough to be compressed and buffered. */
function flowers(rows: number): Pick<LoadTarget, "body" | "expected"> {
  const data = Array.from({ length: rows }, () => [5, 3.4, 1.5, 0.2]);
  const body = JSON.stringify({ inputs: [{ name: "predict", shape: [rows, 4], datatype: "FP32", data }] });
  return { body, expected: `"shape":[${rows},1]` };
}
