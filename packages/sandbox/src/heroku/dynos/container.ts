import { randomInt } from "node:crypto";
import { PassThrough, type Readable } from "node:stream";
import type Docker from "dockerode";
import { findImage } from "./engine.ts";
import { DYNO_LABEL, type DynoSpec } from "./spec.ts";

/** The container of a dyno. */
export interface DynoContainer {
  id: string;
  /** Its address on the sandbox's docker network. */
  address: string;
  command: string;
  readonly running: boolean;
  /** Resolves with the exit status when the container has ended. */
  exited: Promise<{ status: number; outOfMemory: boolean }>;
  signal(name: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** Calls back when the kernel has killed a process of the container because memory ran out. */
  onOutOfMemory(callback: () => void): Promise<void>;
  remove(): Promise<void>;
}

/** A container that is to be made. */
export interface ContainerOrder {
  docker: Docker;
  /** Name of the docker network of the dynos. */
  network: string;
  /** Labels of the sandbox itself. */
  labels: Record<string, string>;
  dyno: { readonly id: string; readonly name: string; readonly spec: DynoSpec };
  /** What a web dyno finds in $PORT. */
  port: number;
  /** A line of the process's output. */
  onLine(line: string): void;
}

/**
 * Starts a container the way Heroku runs one: an arbitrary user id without root, $PORT and $DYNO in the
 * environment, a memory quota, no capabilities, an ephemeral file system; VOLUME, EXPOSE, HEALTHCHECK and
 * STOPSIGNAL of the image have no effect.
 * https://devcenter.heroku.com/articles/container-registry-and-runtime#dockerfile-commands-and-runtime
 *
 * The memory quota is a hard limit here, where Heroku swaps up to twice of it (R14) before it kills (R15).
 */
export async function startContainer(order: ContainerOrder): Promise<DynoContainer> {
  const { docker, dyno, network, port } = order;
  const { spec } = dyno;
  const memory = spec.size.memoryMb * 1024 * 1024;
  const user = randomInt(20_000, 60_000);
  const env = { ...spec.env, DYNO: dyno.name, ...(spec.type === "web" ? { PORT: String(port) } : {}) };
  const container = await docker.createContainer({
    name: `tag-to-endpoint-dyno-${dyno.id}`,
    Image: (await findImage(docker, spec.image)) ?? spec.image.imageId,
    Hostname: dyno.id,
    User: `${user}:${user}`,
    Env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
    Labels: { ...order.labels, [DYNO_LABEL]: `${spec.appId}/${dyno.name}` },
    StopSignal: "SIGTERM",
    Healthcheck: { Test: ["NONE"] },
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: {
      NetworkMode: network,
      Memory: memory,
      MemorySwap: memory,
      PidsLimit: spec.size.maxThreads,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      // The app's output goes to its log here, not to the engine's disk.
      LogConfig: { Type: "none", Config: {} },
      RestartPolicy: { Name: "" },
    },
  });
  try {
    const output = await container.attach({ stream: true, stdout: true, stderr: true });
    forwardLines(docker, output, order.onLine);
    // Waited for before the start: a process that ends at once would be missed else.
    const waiting = container.wait({ condition: "next-exit" }) as Promise<{ StatusCode: number }>;
    waiting.catch(() => undefined);
    await container.start();
    return await follow(docker, container, network, waiting);
  } catch (error) {
    await container.remove({ force: true, v: true });
    throw error;
  }
}

async function follow(
  docker: Docker,
  container: Docker.Container,
  network: string,
  waiting: Promise<{ StatusCode: number }>,
): Promise<DynoContainer> {
  const info = await container.inspect();
  let running = true;
  const exited = waiting.then(async ({ StatusCode }) => {
    running = false;
    const after = await container.inspect();
    return { status: StatusCode, outOfMemory: after.State.OOMKilled };
  });
  exited.catch(() => {
    running = false;
  });
  return {
    id: info.Id,
    address: info.NetworkSettings.Networks[network]?.IPAddress ?? "",
    command: [info.Path, ...info.Args].join(" "),
    get running() {
      return running;
    },
    exited,
    async signal(name) {
      try {
        await container.kill({ signal: name });
      } catch (error) {
        // 409: it has ended meanwhile; 404: it is removed.
        const { statusCode } = error as { statusCode?: number };
        if (statusCode !== 409 && statusCode !== 404) throw error;
      }
    },
    async onOutOfMemory(callback) {
      const filters = { container: [info.Id], event: ["oom"] };
      const events = (await docker.getEvents({ filters })) as Readable;
      events.on("data", callback);
      // The engine ends the stream when it stops; the container has ended then too.
      events.on("error", () => events.destroy());
      void exited.then(
        () => events.destroy(),
        () => events.destroy(),
      );
    },
    async remove() {
      try {
        await container.remove({ force: true, v: true });
      } catch (error) {
        const { statusCode } = error as { statusCode?: number };
        if (statusCode !== 404 && statusCode !== 409) throw error;
      }
    },
  };
}

/** Cuts the multiplexed output of a container into lines. */
function forwardLines(docker: Docker, output: NodeJS.ReadWriteStream, onLine: (line: string) => void): void {
  const forward = () => {
    const stream = new PassThrough();
    stream.setEncoding("utf8");
    let rest = "";
    stream.on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) onLine(line.trimEnd());
    });
    stream.on("end", () => {
      if (rest !== "") onLine(rest.trimEnd());
    });
    return stream;
  };
  const stdout = forward();
  const stderr = forward();
  docker.modem.demuxStream(output, stdout, stderr);
  const end = () => {
    stdout.end();
    stderr.end();
  };
  output.once("end", end);
  output.once("close", end);
  output.once("error", end);
}
