import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "@tag-to-endpoint/toolchain";
import { type Contender, client, ours } from "./contenders.ts";
import { machineFacts } from "./machine.ts";
import { attachClient, type Client, type Target, throughNginx } from "./measure/load.ts";
import { memoryOf } from "./measure/memory.ts";
import { writeSettingsReport } from "./report/settings.ts";
import type { Run } from "./run.ts";
import { conditions, type Serving, serve } from "./serving.ts";
import { type Variant, variants } from "./variants.ts";

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

/** What was measured of one variant: a value per round of each. */
export interface VariantResults {
  name: string;
  /** Why it could not be measured: it does not serve. */
  problem?: string;
  loads: Record<string, { requestsPerSecond: number[]; p50: number[]; p99: number[] }>;
  /** Bytes, as docker stats has them; after all load. */
  memory: number[];
}

/** Measures every variant of the serving settings against the default, round by round, and reports. */
export async function benchSettings(run: Run, effort: { rounds: number; slice: number }): Promise<void> {
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
    run.say(`round ${round} of ${effort.rounds}: starting ${variants.length} variants`);
    const served: { result: VariantResults; serving: Serving; load: Client }[] = [];
    for (const [index, result] of results.entries()) {
      const variant = variants[index];
      if (variant === undefined || result.problem !== undefined) continue;
      try {
        const serving = await start(run, contender, image, variant, index);
        const load = await attachClient(run, clientImage, serving);
        await load.checked(throughNginx(serving), 300, { connections: 16 });
        served.push({ result, serving, load });
      } catch (error) {
        run.signal.throwIfAborted();
        // A setting with which nothing is served is a result too; the default must serve.
        if (index === 0) throw error;
        result.problem = error instanceof Error ? error.message : String(error);
        run.say(`${result.name}: ${result.problem}`);
      }
    }
    for (const { name, connections, rows } of loads) {
      run.say(`round ${round} of ${effort.rounds}: ${name}`);
      for (const { result: of, serving, load } of served) {
        const target: Target = { ...throughNginx(serving), ...(rows > 1 && flowers(rows)) };
        const result = await load.load(target, connections, effort.slice);
        const values = of.loads[name];
        values?.requestsPerSecond.push(result.requestsPerSecond);
        values?.p50.push(result.p50);
        values?.p99.push(result.p99);
      }
    }
    for (const { result, serving, load } of served) {
      result.memory.push((await memoryOf(run, serving, load)).container);
      await load.remove();
      await serving.remove();
    }
  }
  writeSettingsReport(run, machine, effort, results);
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
function flowers(rows: number): Pick<Target, "body" | "expected"> {
  const data = Array.from({ length: rows }, () => [5, 3.4, 1.5, 0.2]);
  const body = JSON.stringify({ inputs: [{ name: "predict", shape: [rows, 4], datatype: "FP32", data }] });
  return { body, expected: `"shape":[${rows},1]` };
}
