import type { StackConfig } from "../../config/config.ts";
import { reasonOf, type Surroundings } from "../surroundings.ts";

/** What `docker info` tells. https://docs.docker.com/reference/api/engine/ (SystemInfo) */
export interface EngineInfo {
  readonly ServerVersion?: string;
  readonly Driver?: string;
  readonly DriverStatus?: ReadonlyArray<readonly string[]> | null;
  readonly Architecture?: string;
  readonly OperatingSystem?: string;
  /** Of docker's own command line. */
  readonly ClientInfo?: {
    readonly Context?: string;
    readonly Plugins?: ReadonlyArray<{ readonly Name?: string }> | null;
  };
}

/** The docker engine, or why none answers. */
export type Engine = { readonly info: EngineInfo } | { readonly missing: string };

/** Whether an update of the stack works with docker on this machine: it builds the runtime image and releases it. */
export function needsDocker({ firstRelease }: StackConfig): boolean {
  return firstRelease === "local";
}

export async function askEngine(world: Surroundings): Promise<Engine> {
  try {
    const info = JSON.parse(await world.run("docker", "info", "--format", "{{json .}}")) as EngineInfo;
    return info.ServerVersion ? { info } : { missing: "docker info names no engine" };
  } catch (error) {
    return { missing: reasonOf(error) };
  }
}

/** Whether the engine keeps images in containerd's store. https://docs.docker.com/engine/storage/containerd/ */
export function usesContainerd({ DriverStatus }: EngineInfo): boolean {
  return (DriverStatus ?? []).some(([, value = ""]) => value.startsWith("io.containerd.snapshotter"));
}

export function hasBuildx({ ClientInfo }: EngineInfo): boolean {
  return (ClientInfo?.Plugins ?? []).some(({ Name }) => Name === "buildx");
}
