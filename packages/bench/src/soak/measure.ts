import { readdirSync, readFileSync } from "node:fs";
import { findRunning, LABEL, sandboxId } from "@tag-to-endpoint/sandbox";
import Docker from "dockerode";

/** One look at everything that has to stay flat. */
export interface Sample {
  /** Resident memory of the sandbox's process, in MiB. */
  readonly daemonMemory: number;
  /** Its open files and sockets. */
  readonly daemonHandles: number;
  /** Memory of the app's container without what the kernel can drop at once, in MiB. */
  readonly appMemory: number;
}

const MIB = 1024 * 1024;
const DYNO_LABEL = "tag-to-endpoint.dyno";

/** @throws when the sandbox or the app does not run */
export async function measure(stateDir: string): Promise<Sample> {
  const pid = findRunning(stateDir)?.pid;
  if (pid === undefined) throw new Error(`the sandbox in ${stateDir} does not run`);
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return {
    daemonMemory: Number(kib) / 1024,
    daemonHandles: readdirSync(`/proc/${pid}/fd`).length,
    appMemory: (await appBytes(stateDir)) / MIB,
  };
}

/** As `docker stats` counts it: https://docs.docker.com/reference/cli/docker/container/stats/#description */
async function appBytes(stateDir: string): Promise<number> {
  const docker = new Docker();
  const filters = { label: [`${LABEL}=${sandboxId(stateDir)}`, DYNO_LABEL] };
  const containers = await docker.listContainers({ filters });
  if (containers.length === 0) throw new Error("the app has no running dyno");
  const used = containers.map(async ({ Id }) => {
    const { memory_stats: memory } = await docker.getContainer(Id).stats({ stream: false });
    const droppable = memory.stats as { inactive_file?: number; total_inactive_file?: number };
    return memory.usage - (droppable.inactive_file ?? droppable.total_inactive_file ?? 0);
  });
  return (await Promise.all(used)).reduce((sum, bytes) => sum + bytes, 0);
}
