import { cpus, loadavg, release, totalmem } from "node:os";
import { command, root } from "@tag-to-endpoint/toolchain";
import type { Run } from "./run.ts";

/** Where and of what a measurement was made. */
export type Facts = Record<string, string | number>;

/** Facts about this machine, the docker engine and the tree. */
export async function machineFacts(run: Run): Promise<Facts> {
  const git = (...args: string[]) => command("git", args, { cwd: root });
  const changed = (await git("status", "--porcelain")).trim() === "" ? "" : " with uncommitted changes";
  return {
    date: new Date().toISOString(),
    processor: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryBytes: totalmem(),
    kernel: release(),
    loadAtStart: Number((loadavg()[0] ?? 0).toFixed(2)),
    docker: (await run.docker(["version", "--format", "{{.Server.Version}}"])).trim(),
    node: process.version,
    commit: `${(await git("rev-parse", "--short", "HEAD")).trim()}${changed}`,
  };
}

/** Versions of what serves in an image. */
export async function versionsIn(run: Run, image: string): Promise<Facts> {
  const script =
    "import importlib.metadata as m, json, platform; print(json.dumps({'Python': platform.python_version(), " +
    "**{p: m.version(p) for p in ('mlserver', 'scikit-learn', 'numpy', 'uvicorn', 'fastapi', 'pydantic')}}))";
  const output = await run.docker([
    ...["run", ...run.label, "--rm", "--network", "none", image, "python", "-c", script],
  ]);
  return JSON.parse(output) as Facts;
}
