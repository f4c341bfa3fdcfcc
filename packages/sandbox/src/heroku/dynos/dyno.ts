import { randomInt, randomUUID } from "node:crypto";
import type Docker from "dockerode";
import type { DynoFault } from "../../core/faults/rules.ts";
import { describeError } from "../../core/log.ts";
import { timestamp } from "../state.ts";
import { type DynoContainer, startContainer } from "./container.ts";
import { isListening } from "./probe.ts";
import type { DynoSpec } from "./spec.ts";

export type DynoState = "starting" | "up" | "crashed" | "stopping" | "down";

export interface DynoHost {
  docker: Docker;
  network: string;
  labels: Record<string, string>;
  limits: DynoLimits;
  /** What is to go wrong with a dyno that starts. */
  fault(dyno: Dyno): DynoFault | undefined;
  /** A line of the app's own output. */
  appLine(dyno: Dyno, text: string): void;
  /** A line of the platform about the dyno. */
  herokuLine(dyno: Dyno, text: string): void;
  changed(dyno: Dyno): void;
}

export interface DynoLimits {
  /** Until a web dyno has to listen on $PORT: https://devcenter.heroku.com/articles/limits#boot-timeout */
  bootMs: number;
  /** Between SIGTERM and SIGKILL: https://devcenter.heroku.com/articles/dyno-shutdown-behavior */
  stopMs: number;
}

export const HEROKU_LIMITS: DynoLimits = { bootMs: 60_000, stopMs: 30_000 };

const PROBE_INTERVAL_MS = 100;

/** https://devcenter.heroku.com/articles/container-registry-and-runtime */
const MAX_LAYERS = 40;

/** Heroku says "may fail"; here it does, so that nobody relies on luck. @throws with Heroku's words */
function checkLayers({ image: { layers = 0 } }: DynoSpec): void {
  if (layers <= MAX_LAYERS) return;
  throw new Error(
    `the image has ${layers} layers. Images with more than ${MAX_LAYERS} layers may fail to start in the Common Runtime`,
  );
}

/** One dyno: a container of a released image from its start until its end. It is not started twice. */
export class Dyno {
  readonly id = randomUUID();
  readonly spec: DynoSpec;
  readonly createdAt = timestamp();
  updatedAt = timestamp();
  state: DynoState = "starting";
  /** Where the router reaches a web dyno that is up. */
  address: { host: string; port: number } | undefined;
  readonly #host: DynoHost;
  #container: DynoContainer | undefined;
  #overQuota = false;
  readonly #settled = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();

  constructor(host: DynoHost, spec: DynoSpec) {
    this.#host = host;
    this.spec = spec;
  }

  get name(): string {
    return `${this.spec.type}.${this.spec.index}`;
  }

  /** Resolves when the dyno is up, crashed or down: when its start is decided. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** Resolves when nothing of the dyno runs any more. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Whether its end was asked for. A call, since the state changes while the code here awaits. */
  #stopAsked(): boolean {
    return this.state === "stopping" || this.state === "down";
  }

  /** Starts the container and follows it to its end. Never rejects: a dyno that cannot start has crashed. */
  async run(): Promise<void> {
    const { spec } = this;
    const port = randomInt(3_000, 60_000);
    try {
      checkLayers(spec);
      const container = await startContainer({
        ...this.#host,
        dyno: this,
        port,
        onLine: (line) => this.#host.appLine(this, line),
      });
      this.#container = container;
      this.#host.herokuLine(this, `Starting process with command \`${container.command}\``);
      await container.onOutOfMemory(() => this.#outOfMemory(container));
      // Stopped while the container was being made.
      if (this.#stopAsked()) void this.#terminate(container);
      const fault = this.#host.fault(this);
      const boot = this.#boot(container, port, fault);
      const exit = await container.exited;
      await boot;
      if (exit.outOfMemory) this.#outOfMemory(container);
      this.#finish(fault?.fault === "dyno-crash" ? 1 : exit.status);
    } catch (error) {
      this.#host.herokuLine(this, `The dyno could not be started: ${describeError(error)}`);
      this.#become(this.#stopAsked() ? "down" : "crashed");
    } finally {
      this.address = undefined;
      await this.#container?.remove();
      this.#settled.resolve();
      this.#ended.resolve();
    }
  }

  /** Asks the dyno to end: SIGTERM, and SIGKILL (R12) when it does not within the limit. */
  async stop(): Promise<void> {
    if (this.state === "starting" || this.state === "up") {
      this.#become("stopping");
      if (this.#container !== undefined) await this.#terminate(this.#container);
    }
    await this.ended;
  }

  async #terminate(container: DynoContainer): Promise<void> {
    this.#host.herokuLine(this, "Stopping all processes with SIGTERM");
    await container.signal("SIGTERM");
    const { stopMs } = this.#host.limits;
    const timer = setTimeout(() => {
      this.#host.herokuLine(
        this,
        `Error R12 (Exit timeout) -> At least one process failed to exit within ${stopMs / 1000} seconds of SIGTERM`,
      );
      this.#host.herokuLine(this, "Stopping remaining processes with SIGKILL");
      container
        .signal("SIGKILL")
        .catch((error: unknown) => this.#host.herokuLine(this, describeError(error)));
    }, stopMs);
    await container.exited.finally(() => clearTimeout(timer));
  }

  /** Follows the start of the process, or sees to it that it fails. */
  async #boot(container: DynoContainer, port: number, fault: DynoFault | undefined): Promise<void> {
    if (fault?.fault === "dyno-crash") return container.signal("SIGKILL");
    if (fault?.fault === "memory-exceeded") {
      this.#host.herokuLine(this, this.#memoryUse(1.05));
      this.#host.herokuLine(this, "Error R14 (Memory quota exceeded)");
      return this.#outOfMemory(container, 2.05);
    }
    if (this.spec.type === "web") await this.#watchBoot(container, port, fault);
    else this.#up();
  }

  /** Waits until the web process listens; ends it when it does not within the boot limit. */
  async #watchBoot(container: DynoContainer, port: number, fault: DynoFault | undefined): Promise<void> {
    const { bootMs } = this.#host.limits;
    const isLate = fault?.fault === "boot-timeout";
    const deadline = Date.now() + (isLate && fault.seconds !== undefined ? fault.seconds * 1000 : bootMs);
    while (container.running && this.state === "starting") {
      if (!isLate && (await isListening(container.address, port))) {
        if (this.state !== "starting") return;
        this.address = { host: container.address, port };
        this.#up();
        return;
      }
      if (Date.now() >= deadline) {
        this.#host.herokuLine(
          this,
          `Error R10 (Boot timeout) -> Web process failed to bind to $PORT within ${bootMs / 1000} seconds of launch`,
        );
        this.#host.herokuLine(this, "Stopping process with SIGKILL");
        await container.signal("SIGKILL");
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, PROBE_INTERVAL_MS));
    }
  }

  #up(): void {
    if (this.state !== "starting") return;
    this.#become("up");
    this.#settled.resolve();
  }

  /** The kernel may kill one process of several: Heroku ends the whole dyno, and so does this. */
  #outOfMemory(container: DynoContainer, use = 1): void {
    if (this.#overQuota) return;
    this.#overQuota = true;
    this.#host.herokuLine(this, this.#memoryUse(use));
    this.#host.herokuLine(this, "Error R15 (Memory quota vastly exceeded)");
    this.#host.herokuLine(this, "Stopping process with SIGKILL");
    container.signal("SIGKILL").catch((error: unknown) => this.#host.herokuLine(this, describeError(error)));
  }

  /** @param use as a part of the quota */
  #memoryUse(use: number): string {
    const { memoryMb } = this.spec.size;
    return `Process running mem=${Math.round(memoryMb * use)}M(${(use * 100).toFixed(1)}%)`;
  }

  #finish(status: number): void {
    this.#host.herokuLine(this, `Process exited with status ${status}`);
    this.#become(this.#stopAsked() ? "down" : "crashed");
  }

  #become(state: DynoState): void {
    if (this.state === state) return;
    // Heroku's log knows no state "stopping": https://devcenter.heroku.com/articles/dyno-shutdown-behavior
    if (state === "up" || state === "crashed") {
      this.#host.herokuLine(this, `State changed from ${this.state} to ${state}`);
    }
    this.state = state;
    this.updatedAt = timestamp();
    if (state !== "up") this.address = undefined;
    this.#host.changed(this);
  }
}
