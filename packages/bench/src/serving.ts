import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { command } from "@tag-to-endpoint/toolchain";
import { type Contender, inferPath, irisAnswer } from "./contenders.ts";
import { ask } from "./measure/ask.ts";
import { freePort } from "./registry.ts";
import type { Run } from "./run.ts";

/** How a container is started. */
export interface Conditions {
  /** In words, for the report. */
  name: string;
  options: string[];
}

/**
 * From how Heroku runs a container of a basic dyno (any user id, 512 MB) to what an image may need instead;
 * the first that serves is taken.
 */
export const conditions: Conditions[] = [
  { name: "any user id, 512 MB", options: ["--user", "10000:0", "--memory", "512m"] },
  { name: "root, 512 MB", options: ["--memory", "512m"] },
  { name: "root, 2 GB", options: ["--memory", "2g"] },
];

/** A container that answers. */
export interface Serving {
  id: string;
  /** Port of nginx within the container: a random one, as Heroku's. */
  port: number;
  /** Seconds from `docker run` to the first right prediction through nginx on the published port. */
  bootSeconds: number;
  remove(): Promise<void>;
}

/** Whether clients ask while the container starts, or only once the model server is known to answer. */
export type FirstRequest = "at once" | "when ready";

/**
 * Starts an image and waits for its first right prediction through nginx, then until every model version
 * answers. Throws with the end of its log when it ends or gives no right answer within 90 seconds.
 *
 * "at once" asks nginx from the start on. While MLServer is not there, the chapter's nginx answers 502, takes its
 * upstream for dead and goes on so for up to 10 seconds (`fail_timeout`), in each of its workers. "when ready"
 * asks MLServer's own port first where nginx would do that, so that nginx never meets a missing upstream.
 */
export async function serve(
  run: Run,
  contender: Contender,
  image: string,
  options: string[],
  {
    firstRequest = "when ready",
    versions = 1,
    limitSeconds = 90,
  }: {
    firstRequest?: FirstRequest;
    versions?: number;
    limitSeconds?: number;
  } = {},
): Promise<Serving> {
  const port = randomInt(10_000, 60_000);
  const [nginx, mlserver] = [await freePort(), await freePort()];
  const publish = ["-p", `127.0.0.1:${nginx}:${port}`, "-p", `127.0.0.1:${mlserver}:${contender.directPort}`];
  const started = performance.now();
  const id = await run.start(["-e", `PORT=${port}`, ...publish, ...options, image]);
  const deadline = started + limitSeconds * 1000;
  const answers = (hostPort: number, path: string) => untilRight(run, id, hostPort, path, deadline);

  if (firstRequest === "when ready" && !contender.opensWhenReady) {
    for (let version = 1; version <= versions; version++) await answers(mlserver, inferPath(version));
  }
  await answers(nginx, `/mlapi${inferPath(1)}`);
  const bootSeconds = (performance.now() - started) / 1000;
  for (let version = 2; version <= versions; version++) await answers(nginx, `/mlapi${inferPath(version)}`);
  return {
    id,
    port,
    bootSeconds,
    remove: async () => {
      await run.docker(["rm", "--force", "--volumes", id]);
    },
  };
}

async function untilRight(run: Run, id: string, port: number, path: string, deadline: number): Promise<void> {
  const url = new URL(path, `http://127.0.0.1:${port}`);
  for (let asked = performance.now(); ; await sleep(5)) {
    run.signal.throwIfAborted();
    if ((await ask(url)).includes(irisAnswer)) return;
    const now = performance.now();
    if (now - asked < 500) continue;
    asked = now;
    await failIfEnded(run, id, now > deadline);
  }
}

/** The conditions nearest to Heroku's under which an image with one model serves. */
export async function conditionsFor(run: Run, contender: Contender, image: string): Promise<Conditions> {
  const problems: string[] = [];
  for (const candidate of conditions) {
    try {
      await (await serve(run, contender, image, candidate.options, { limitSeconds: 40 })).remove();
      return candidate;
    } catch (error) {
      run.signal.throwIfAborted();
      problems.push(`${candidate.name}: ${error}`);
      run.say(`${contender.side}: does not serve with ${candidate.name}`);
    }
  }
  throw new Error(`${image} serves under none of these conditions:\n${problems.join("\n")}`);
}

async function failIfEnded(run: Run, id: string, outOfTime: boolean): Promise<void> {
  const state = (await run.engine.getContainer(id).inspect()).State;
  if (state.Running && !outOfTime) return;
  // Both outputs in the order they were written in.
  const log = await command("sh", ["-c", 'docker logs --tail 10 "$1" 2>&1', "sh", id], {
    signal: run.signal,
  });
  await run.docker(["rm", "--force", "--volumes", id]);
  const how = state.Running ? "gives no right answer" : `ended with code ${state.ExitCode}`;
  throw new Error(
    `the container ${how}${state.OOMKilled ? " (out of memory)" : ""}. End of its log:\n${log}`,
  );
}
