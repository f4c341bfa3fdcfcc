import { pathMatcher } from "./path-pattern.ts";
import {
  type DiskFault,
  type DynoFault,
  type Fault,
  type FaultyService,
  type JobFault,
  type RequestFault,
  readFault,
} from "./rules.ts";

/** A fault that was asked for, and what came of it. */
export type FaultReport = Fault & {
  readonly id: number;
  /** How many occasions matched, hit or not. */
  readonly matched: number;
  /** What it hit, in order: `POST /projects`, `root/mlserver deploy_heroku`, `mlserver web.1`. */
  readonly hits: readonly string[];
};

/** A request, as far as a fault asks about it. */
export interface FaultyRequest {
  readonly service: FaultyService;
  readonly method: string;
  /** As it was sent, without the query; of GitLab's API without its prefix. */
  readonly path: string;
  readonly hasBody: boolean;
}

/**
 * What goes wrong in a sandbox because somebody asked for it: nothing, until a fault is added. Faults are of the running
 * process; a restart forgets them. Where several are due, the one that was added first is met; all of them count.
 */
export interface Faults {
  /** Whether there is any. */
  readonly active: boolean;
  /** @throws Error that says what is wrong with it */
  add(given: unknown): number;
  list(): FaultReport[];
  /** Takes one back, or all. Says whether there was one. */
  clear(id?: number): boolean;
  /** The fault that a request meets. */
  ofRequest(request: FaultyRequest): RequestFault | undefined;
  /** @throws Error as a full disk makes it, where the service is to find its disk full */
  beforeWrite(service: DiskFault["service"]): void;
  /** The fault that a job meets, asked for when it starts. */
  ofJob(project: string, job: string): JobFault | undefined;
  /** The fault that a dyno meets, asked for when it starts. */
  ofDyno(app: string, dyno: string): DynoFault | undefined;
}

interface Entry {
  readonly id: number;
  readonly fault: Fault;
  readonly isPath: (path: string) => boolean;
  matched: number;
  readonly hits: string[];
}

/** A fault that hits for days does not fill the memory. */
const MAX_HITS = 10_000;

/** No faults, and the means to add some. */
export function createFaults(): Faults {
  let entries: Entry[] = [];
  let lastId = 0;

  function take<T extends Fault>(
    isOfThis: (fault: Fault, entry: Entry) => fault is T,
    occasion: string,
  ): T | undefined {
    let met: T | undefined;
    for (const entry of entries) {
      const { fault } = entry;
      if (!isOfThis(fault, entry)) continue;
      entry.matched += 1;
      if (met !== undefined || !isDue(fault, entry.matched)) continue;
      met = fault;
      if (entry.hits.length < MAX_HITS) entry.hits.push(occasion);
    }
    return met;
  }

  return {
    get active() {
      return entries.length > 0;
    },
    add(given) {
      const fault = readFault(given);
      const isPath = "path" in fault && fault.path !== undefined ? pathMatcher(fault.path) : () => true;
      lastId += 1;
      entries.push({ id: lastId, fault, isPath, matched: 0, hits: [] });
      return lastId;
    },
    list: () => entries.map(({ id, fault, matched, hits }) => ({ ...fault, id, matched, hits: [...hits] })),
    clear(id) {
      const kept = id === undefined ? [] : entries.filter((entry) => entry.id !== id);
      const found = kept.length < entries.length;
      entries = kept;
      return found;
    },
    ofRequest: (request) =>
      take(
        (fault, { isPath }): fault is RequestFault => isOfRequest(fault, request) && isPath(request.path),
        `${request.method} ${request.path}`,
      ),
    beforeWrite(service) {
      const isOfThis = (fault: Fault): fault is DiskFault =>
        fault.fault === "disk-full" && fault.service === service;
      if (take(isOfThis, `${service} state`) === undefined) return;
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    },
    ofJob: (project, job) =>
      take(
        (fault): fault is JobFault =>
          fault.fault === "runner-dies" &&
          (fault.project ?? project) === project &&
          (fault.job ?? job) === job,
        `${project} ${job}`,
      ),
    ofDyno: (app, dyno) =>
      take((fault): fault is DynoFault => isDynoFault(fault) && (fault.app ?? app) === app, `${app} ${dyno}`),
  };
}

/** Whether it is the turn of a fault that has now matched so often. */
function isDue({ nth, times }: Fault, matched: number): boolean {
  return matched >= nth && (times === "always" || matched < nth + times);
}

function isOfRequest(fault: Fault, { service, method, hasBody }: FaultyRequest): fault is RequestFault {
  if (!("service" in fault) || fault.fault === "disk-full" || fault.service !== service) return false;
  if (fault.fault === "registry-upload") return hasBody && (method === "PATCH" || method === "PUT");
  return (fault.method ?? method) === method;
}

function isDynoFault(fault: Fault): fault is DynoFault {
  return ["dyno-crash", "memory-exceeded", "boot-timeout"].includes(fault.fault);
}
