import { inferPath, irisAnswer, irisRequest } from "../contenders.ts";
import type { Run } from "../run.ts";
import type { Serving } from "../serving.ts";
import { summarise } from "../statistics.ts";
import { type Load, parseChecked, parseLoad } from "./wrk.ts";

/** The load generator in the network and process namespaces of a serving container. */
export interface Client {
  /** Load on `http://127.0.0.1:<port><prefix>` for some seconds; every answer must be a success. */
  load(target: LoadTarget, connections: number, seconds: number): Promise<Load>;
  /** Exactly this many requests to the model versions in turn; the class in every answer is checked. */
  checked(
    target: LoadTarget,
    requests: number,
    options?: { versions?: number; connections?: number },
  ): Promise<void>;
  /** Bytes of memory of the container's processes, shared pages divided among them (PSS). */
  processMemory(): Promise<number>;
  remove(): Promise<void>;
}

/** Where requests go: nginx, or MLServer behind it. */
export interface LoadTarget {
  port: number;
  prefix: string;
  /** The request's body (default: one flower). */
  body?: string;
  /** What stands in a right answer (default: that flower's class). */
  expected?: string;
}

/** The same client for both ways, so that they differ by nginx alone. */
export const throughNginx = (serving: Serving): LoadTarget => ({ port: serving.port, prefix: "/mlapi" });
export const direct = (port: number): LoadTarget => ({ port, prefix: "" });

/** Starts the load generator beside a serving container. */
export async function attachClient(run: Run, image: string, serving: Serving): Promise<Client> {
  const id = await run.start([
    ...["--network", `container:${serving.id}`, "--pid", `container:${serving.id}`],
    ...["--cap-add", "SYS_PTRACE", image],
  ]);
  const wrk = (target: LoadTarget, connections: number, seconds: number, limit: number, versions: number) =>
    run.docker([
      ...[
        "exec",
        id,
        "wrk",
        "--threads",
        "1",
        "--connections",
        `${connections}`,
        "--duration",
        `${seconds}s`,
      ],
      ...[
        "--timeout",
        "20s",
        "--latency",
        "--script",
        "/bench/infer.lua",
        `http://127.0.0.1:${target.port}/`,
      ],
      ...["--", target.body ?? irisRequest, target.expected ?? irisAnswer, `${limit}`],
      ...Array.from({ length: versions }, (_, index) => `${target.prefix}${inferPath(index + 1)}`),
    ]);
  const checked: Client["checked"] = async (target, requests, { versions = 1, connections = 1 } = {}) =>
    parseChecked(await wrk(target, connections, 300, requests, versions), requests);
  return {
    checked,
    async load(target, connections, seconds) {
      await checked(target, 50);
      return parseLoad(await wrk(target, connections, seconds, 0, 1));
    },
    processMemory: async () => 1024 * Number(await run.docker(["exec", id, "sh", "/bench/pss.sh"])),
    async remove() {
      await run.docker(["rm", "--force", "--volumes", id]);
    },
  };
}

/**
 * What nginx adds to the median latency, in percent: slices through nginx and direct to
 * MLServer alternate (in the order ABBA), each pair gives a ratio, and the median of the ratios is taken, so
 * that a machine that gets slower or quicker meanwhile does not matter.
 */
export async function nginxOverhead(
  client: Client,
  { nginx, direct: mlserver }: { nginx: LoadTarget; direct: LoadTarget },
  { connections, pairs, seconds }: { connections: number; pairs: number; seconds: number },
): Promise<number> {
  const ratios: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const order = pair % 2 === 0 ? [nginx, mlserver] : [mlserver, nginx];
    const p50 = new Map<LoadTarget, number>();
    for (const target of order) p50.set(target, (await client.load(target, connections, seconds)).p50);
    ratios.push((p50.get(nginx) ?? Number.NaN) / (p50.get(mlserver) ?? Number.NaN));
  }
  return (summarise(ratios).median - 1) * 100;
}
