import { setTimeout as sleep } from "node:timers/promises";
import type { Run } from "../run.ts";
import type { Serving } from "../serving.ts";
import type { Client } from "./load.ts";

/** Memory of a container in bytes. */
export interface Memory {
  /** As `docker stats` shows it: what the cgroup is charged with, less inactive file cache. */
  container: number;
  /** Sum of its processes' PSS. */
  processes: number;
}

interface CgroupStats {
  usage?: number;
  stats?: { inactive_file?: number; total_inactive_file?: number };
}

/** Memory of a container once it has nothing to do. */
export async function memoryOf(run: Run, serving: Serving, client: Client): Promise<Memory> {
  await sleep(1000, undefined, { signal: run.signal });
  const processes = await client.processMemory();
  const { memory_stats: memory } = (await run.engine
    .getContainer(serving.id)
    .stats({ stream: false, "one-shot": true })) as { memory_stats: CgroupStats };
  if (memory.usage === undefined) throw new Error("the docker engine gives no memory figures of containers");
  // Control groups v2 and v1, as the docker command line does it.
  const inactive = memory.stats?.inactive_file ?? memory.stats?.total_inactive_file ?? 0;
  return { container: memory.usage - inactive, processes };
}
