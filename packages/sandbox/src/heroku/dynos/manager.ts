import { DEFAULT_SIZE, findSize } from "../catalogue.ts";
import type { Logplex } from "../logplex.ts";
import { type App, currentRelease, latestRelease } from "../state.ts";
import { Dyno, type DynoHost } from "./dyno.ts";
import type { DynoSpec } from "./spec.ts";

export interface ManagerOptions extends Omit<DynoHost, "appLine" | "herokuLine" | "changed"> {
  logplex: Logplex;
  /** The app as it is stored now; none when it is deleted. */
  app(appId: string): App | undefined;
  /** The environment of the app's dynos. */
  environment(app: App): Record<string, string>;
}

/** Why a request cannot be served now: https://devcenter.heroku.com/articles/error-codes */
export type WebProblem = "H10" | "H14" | "H20" | "H81";

// Heroku's cool-off after repeated crashes grows to hours; here it stays in a range that a person waits for.
const COOL_OFF_MS = [0, 5_000, 15_000, 60_000, 300_000];

interface Slot {
  dyno: Dyno;
  crashes: number;
  restart: NodeJS.Timeout | undefined;
}

/** The dynos of one app, by name. */
interface Fleet {
  slots: Map<string, Slot>;
  /** Dynos that were replaced and are still ending. */
  leaving: Set<Dyno>;
  /** Changes of the fleet run one after another. */
  tail: Promise<void>;
  turn: number;
  waiters: Set<() => void>;
}

/** Runs the dynos of all apps: as many of each process type as the formation says, of the current release. */
export class DynoManager {
  readonly #options: ManagerOptions;
  readonly #fleets = new Map<string, Fleet>();
  #closed = false;

  constructor(options: ManagerOptions) {
    this.#options = options;
  }

  /** The dynos of an app, those that are ending left out. */
  dynos(appId: string): Dyno[] {
    return [...(this.#fleets.get(appId)?.slots.values() ?? [])].map((slot) => slot.dyno);
  }

  /**
   * Replaces all dynos by ones of the current release. Without preboot the old ones are told to end at the
   * same moment as the new ones start, and the router holds requests meanwhile; with preboot the old web
   * dynos serve until every new one is up or has crashed.
   * https://devcenter.heroku.com/articles/preboot
   */
  redeploy(appId: string): Promise<void> {
    return this.#change(appId, async (fleet, app) => {
      const wanted = this.#wanted(app);
      const old = [...fleet.slots.values()];
      const prebooted =
        app.features.preboot === true ? old.filter((slot) => slot.dyno.spec.type === "web") : [];
      for (const slot of old) if (!prebooted.includes(slot)) this.#retire(fleet, slot);
      const fresh = wanted.map((spec) => this.#start(spec));
      if (prebooted.length > 0) {
        const ready = fresh.filter((slot) => slot.dyno.spec.type === "web").map((slot) => slot.dyno.settled);
        await Promise.all(ready);
      }
      for (const slot of prebooted) this.#retire(fleet, slot);
      fleet.slots = new Map(fresh.map((slot) => [slot.dyno.name, slot]));
    });
  }

  /** Starts or ends dynos until there are as many as the formation says; those that fit stay as they are. */
  scale(appId: string): Promise<void> {
    return this.#change(appId, async (fleet, app) => {
      const wanted = new Map(this.#wanted(app).map((spec) => [`${spec.type}.${spec.index}`, spec]));
      for (const [name, slot] of fleet.slots) {
        const spec = wanted.get(name);
        const fits =
          spec !== undefined &&
          spec.size.name === slot.dyno.spec.size.name &&
          spec.release.id === slot.dyno.spec.release.id;
        if (fits) {
          wanted.delete(name);
        } else {
          fleet.slots.delete(name);
          this.#retire(fleet, slot);
        }
      }
      for (const [name, spec] of wanted) fleet.slots.set(name, this.#start(spec));
    });
  }

  /** Restarts one dyno (`web.1`), all of a type (`web`), or all. Says whether there was one. */
  async restart(appId: string, name?: string): Promise<boolean> {
    const selected = this.dynos(appId).filter((dyno) => matchesName(dyno, name));
    if (name !== undefined && selected.length === 0) return false;
    await this.#change(appId, async (fleet, app) => {
      const specs = this.#wanted(app);
      for (const [slotName, slot] of fleet.slots) {
        if (!selected.includes(slot.dyno)) continue;
        this.#retire(fleet, slot);
        const spec = specs.find((candidate) => `${candidate.type}.${candidate.index}` === slotName);
        if (spec === undefined) fleet.slots.delete(slotName);
        else fleet.slots.set(slotName, this.#start(spec));
      }
    });
    return true;
  }

  /** Ends all dynos of an app that was deleted. */
  async removeApp(appId: string): Promise<void> {
    const fleet = this.#fleets.get(appId);
    if (fleet === undefined) return;
    await fleet.tail;
    this.#fleets.delete(appId);
    await this.#endFleet(fleet);
  }

  /** Ends every dyno; nothing is started afterwards. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#fleets.values()].map((fleet) => this.#endFleet(fleet)));
  }

  /** The next web dyno that is up, round robin; or why there is none. Waits while one is starting. */
  async nextWeb(appId: string, waitMs: number, signal: AbortSignal): Promise<Dyno | WebProblem> {
    const deadline = Date.now() + waitMs;
    for (;;) {
      const found = this.#webNow(appId);
      if (found !== undefined) return found;
      const left = deadline - Date.now();
      if (left <= 0 || signal.aborted) return "H20";
      await this.#nextChange(appId, left, signal);
    }
  }

  /** The web dyno whose turn it is, or why there can be none; undefined while one may still come up. */
  #webNow(appId: string): Dyno | WebProblem | undefined {
    const app = this.#options.app(appId);
    if (app === undefined || latestRelease(app)?.images.web === undefined) return "H81";
    if ((app.formation.web?.quantity ?? 0) === 0) return "H14";
    const fleet = this.#fleet(appId);
    const web = this.dynos(appId).filter(({ spec }) => spec.type === "web");
    const up = web.filter(({ address }) => address !== undefined);
    if (up.length > 0) {
      fleet.turn = (fleet.turn + 1) % up.length;
      return up[fleet.turn];
    }
    return web.length > 0 && web.every(({ state }) => state === "crashed") ? "H10" : undefined;
  }

  #fleet(appId: string): Fleet {
    let fleet = this.#fleets.get(appId);
    if (fleet === undefined) {
      fleet = { slots: new Map(), leaving: new Set(), tail: Promise.resolve(), turn: 0, waiters: new Set() };
      this.#fleets.set(appId, fleet);
    }
    return fleet;
  }

  #change(appId: string, change: (fleet: Fleet, app: App) => Promise<void>): Promise<void> {
    const fleet = this.#fleet(appId);
    const run = async () => {
      const app = this.#options.app(appId);
      if (app === undefined || this.#closed) return;
      await change(fleet, app);
      this.#notify(appId);
    };
    const done = fleet.tail.then(run);
    fleet.tail = done.catch(() => undefined);
    return done;
  }

  #wanted(app: App): DynoSpec[] {
    const release = currentRelease(app);
    if (release === undefined) return [];
    const env = this.#options.environment(app);
    return Object.values(app.formation).flatMap((process) => {
      const image = release.images[process.type];
      const size = findSize(process.size) ?? findSize(DEFAULT_SIZE);
      // `release` is the release phase's process type, never a running one.
      if (image === undefined || size === undefined || process.type === "release") return [];
      return Array.from({ length: process.quantity }, (_, n) => ({
        appId: app.id,
        type: process.type,
        index: n + 1,
        release: { id: release.id, version: release.version },
        image,
        size,
        env,
      }));
    });
  }

  #start(spec: DynoSpec, crashes = 0): Slot {
    const { logplex } = this.#options;
    const dyno = new Dyno(
      {
        ...this.#options,
        appLine: (source, text) => logplex.write(spec.appId, "app", source.name, text),
        herokuLine: (source, text) => logplex.write(spec.appId, "heroku", source.name, text),
        changed: () => this.#changed(slot),
      },
      spec,
    );
    const slot: Slot = { dyno, crashes, restart: undefined };
    void dyno.run();
    return slot;
  }

  #retire(fleet: Fleet, slot: Slot): void {
    clearTimeout(slot.restart);
    const { dyno } = slot;
    fleet.leaving.add(dyno);
    void dyno.stop().finally(() => fleet.leaving.delete(dyno));
  }

  #changed(slot: Slot): void {
    const { dyno } = slot;
    const { appId } = dyno.spec;
    if (dyno.state === "crashed") this.#planRestart(slot);
    this.#notify(appId);
  }

  #planRestart(slot: Slot): void {
    const { dyno } = slot;
    const { appId } = dyno.spec;
    // A dyno that ran for long starts anew with the first, immediate, attempt.
    const ranLong = Date.now() - Date.parse(dyno.createdAt) > 10 * 60_000;
    const crashes = ranLong ? 0 : slot.crashes;
    const delay = COOL_OFF_MS[Math.min(crashes, COOL_OFF_MS.length - 1)] ?? 0;
    slot.restart = setTimeout(() => {
      void this.#change(appId, async (fleet) => {
        if (fleet.slots.get(dyno.name) !== slot) return;
        await dyno.ended;
        this.#options.logplex.write(appId, "heroku", dyno.name, "State changed from crashed to starting");
        fleet.slots.set(dyno.name, this.#start(dyno.spec, crashes + 1));
      });
    }, delay);
    slot.restart.unref();
  }

  async #endFleet(fleet: Fleet): Promise<void> {
    for (const slot of fleet.slots.values()) this.#retire(fleet, slot);
    fleet.slots.clear();
    await Promise.all([...fleet.leaving].map((dyno) => dyno.ended));
  }

  #notify(appId: string): void {
    for (const wake of this.#fleets.get(appId)?.waiters ?? []) wake();
  }

  async #nextChange(appId: string, waitMs: number, signal: AbortSignal): Promise<void> {
    const { waiters } = this.#fleet(appId);
    const { promise, resolve } = Promise.withResolvers<void>();
    // Looked at again at least every second, so that a change nobody told of is seen too.
    const timer = setTimeout(resolve, Math.min(waitMs, 1_000));
    waiters.add(resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
    waiters.delete(resolve);
  }
}

function matchesName(dyno: Dyno, name: string | undefined): boolean {
  return name === undefined || dyno.name === name || dyno.id === name || dyno.spec.type === name;
}
