import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type CommandOptions, command } from "@tag-to-endpoint/toolchain";
import Dockerode from "dockerode";

/** Label of every container of a run; its value is the process id of the run. */
const label = "tag-to-endpoint.bench";
/** Repository of the images that a run makes for itself; the tag begins with the process id of the run. */
const repository = "tag-to-endpoint/bench-run";
/** Folder of a run, in the folder for temporary files; followed by its process id. */
const folderName = "tag-to-endpoint-bench-";

/** What one run of the bench has made, and how it makes more. */
export interface Run {
  /** A folder of this run only. */
  folder: string;
  engine: Dockerode;
  /** Ends when the run is interrupted. */
  signal: AbortSignal;
  /** The docker command line; rejects with the end of its output when it fails, and when interrupted. */
  docker(args: string[], options?: CommandOptions): Promise<string>;
  /** Options of `docker run` that make the container one of this run, to be removed at its end. */
  label: string[];
  /** Starts a container in the background and returns its id. */
  start(args: string[]): Promise<string>;
  /** Name of an image that is removed when the run ends. */
  imageName(name: string): string;
  /** A line of progress. */
  say(text: string): void;
  /** Something to do when the run ends, whatever ends it. */
  atEnd(action: () => Promise<void>): void;
}

/**
 * Does the work and removes every container, image and file it has made, also when it fails and on SIGINT and
 * SIGTERM. What a run left that was killed outright, the next one removes.
 */
export async function withRun(work: (run: Run) => Promise<void>): Promise<void> {
  const interrupt = new AbortController();
  const started = Date.now();
  const folder = mkdtempSync(path.join(tmpdir(), `${folderName}${process.pid}-`));
  const actions: (() => Promise<void>)[] = [];
  const running = new Set<Promise<unknown>>();

  const ownLabel = ["--label", `${label}=${process.pid}`];
  const docker = (args: string[], options: CommandOptions = {}) => {
    interrupt.signal.throwIfAborted();
    const result = command("docker", args, { signal: interrupt.signal, ...options });
    const settled: Promise<boolean> = result.then(
      () => running.delete(settled),
      () => running.delete(settled),
    );
    running.add(settled);
    return result;
  };
  const run: Run = {
    folder,
    engine: new Dockerode(),
    signal: interrupt.signal,
    docker,
    label: ownLabel,
    start: async (args) => (await docker(["run", "--detach", ...ownLabel, ...args])).trim(),
    imageName: (name) => `${repository}:${process.pid}-${name}`,
    say: (text) => {
      const seconds = String(Math.round((Date.now() - started) / 1000)).padStart(4);
      process.stdout.write(`${seconds} s  ${text}\n`);
    },
    atEnd: (action) => actions.push(action),
  };

  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => {
      process.exitCode = name === "SIGINT" ? 130 : 143;
      interrupt.abort(new Error(`interrupted by ${name}; what the run had made is removed`));
    });
  }
  try {
    await removeLeftovers((pid) => pid !== process.pid && !isAlive(pid));
    await work(run);
  } catch (error) {
    // Whatever fails in a run that is interrupted, fails because of that.
    throw interrupt.signal.aborted ? interrupt.signal.reason : error;
  } finally {
    await Promise.all(running);
    // The engine may still be busy with a command whose client has ended.
    if (interrupt.signal.aborted) await sleep(1000);
    for (const action of actions.reverse()) await action();
    await removeLeftovers((pid) => pid === process.pid);
  }
}

async function removeLeftovers(isOurs: (pid: number) => boolean): Promise<void> {
  const labelled = await command("docker", [
    ...["ps", "--all", "--filter", `label=${label}`, "--format", `{{.ID}} {{.Label "${label}"}}`],
  ]);
  const containers = labelled.split("\n").flatMap((line) => {
    const [id = "", pid = ""] = line.split(" ");
    return id && isOurs(Number(pid)) ? [id] : [];
  });
  if (containers.length > 0) await command("docker", ["rm", "--force", "--volumes", ...containers]);
  // Also under the name of a registry that they were being pushed to.
  const names = await command("docker", ["images", "--format", "{{.Repository}}:{{.Tag}}"]);
  const images = names.split("\n").filter((name) => {
    const [, pid] = new RegExp(`(?:^|/)${repository}:(\\d+)-`).exec(name) ?? [];
    return pid !== undefined && isOurs(Number(pid));
  });
  if (images.length > 0) await command("docker", ["rmi", "--force", ...images]);
  for (const name of readdirSync(tmpdir())) {
    const [, pid] = new RegExp(`^${folderName}(\\d+)-`).exec(name) ?? [];
    if (pid !== undefined && isOurs(Number(pid))) {
      rmSync(path.join(tmpdir(), name), { recursive: true, force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
