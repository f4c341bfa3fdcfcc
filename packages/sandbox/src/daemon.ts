/**
 * The process behind a sandbox: a GitLab and a Heroku on this machine's loopback interface, with their state
 * in one folder. Started by `packages/sandbox/src/core/lifecycle.ts`; tells its parent of its progress as long as that listens.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createContext, type SandboxContext, type Service } from "./core/context.ts";
import { sandboxEnvironment } from "./core/environment.ts";
import { openFaultControl } from "./core/faults/control.ts";
import { isDiskFull } from "./core/full-disk.ts";
import { claimDaemon, type DaemonMessage, READY_FILE, type Ready, releaseDaemon } from "./core/lifecycle.ts";
import { describeError } from "./core/log.ts";
import { checkPrerequisites } from "./core/prerequisites.ts";
import { endAllTracked } from "./core/process.ts";
import { writeAtomically } from "./core/store.ts";
import { startGitLab } from "./gitlab/service.ts";
import { startHeroku } from "./heroku/service.ts";
import { startRunner } from "./runner/runner.ts";

const { values } = parseArgs({
  options: {
    state: { type: "string" },
    "free-ports": { type: "boolean", default: false },
    "record-requests": { type: "boolean", default: false },
    conditions: { type: "string", default: "{}" },
  },
});
if (values.state === undefined)
  throw new Error(
    "usage: daemon.ts --state <folder> [--free-ports] [--record-requests] [--conditions <json>]",
  );
const stateDir = values.state;

const abort = new AbortController();
const services: { name: string; service: Service }[] = [];
let stopping: Promise<void> | undefined;
let context: SandboxContext | undefined;

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => {
    void stop().then(() => process.exit(0));
  });
}
process.on("uncaughtException", (error) => {
  context?.log("daemon").error(`unexpected: ${error.stack ?? describeError(error)}`);
  // It ends nothing: there will be room again.
  if (isDiskFull(error)) return;
  void stop().then(() => process.exit(1));
});

try {
  await start();
} catch (error) {
  context?.log("daemon").error(describeError(error));
  tell({ kind: "failed", message: describeError(error) });
  await stop();
  process.exit(1);
}

async function start(): Promise<void> {
  claimDaemon(stateDir);
  await endAllTracked(stateDir, ["daemon", "starter"]);
  const ctx = await createContext({
    stateDir,
    abort: abort.signal,
    usualPorts: !values["free-ports"],
    recordsRequests: values["record-requests"],
    conditions: JSON.parse(values.conditions),
  });
  context = ctx;
  const log = ctx.log("daemon");
  log.info(`starting, process ${process.pid}`);
  await checkPrerequisites(ctx.docker);

  tell({ kind: "progress", text: "Heroku: registry, router, apps" });
  const heroku = await startHeroku(ctx);
  services.push({ name: "heroku", service: heroku });
  tell({ kind: "progress", text: "GitLab: repositories, registry, runner" });
  const gitlab = await startGitLab(ctx, startRunner);
  services.push({ name: "gitlab", service: gitlab });

  const control = await openFaultControl(ctx);
  services.push({ name: "faults", service: control });
  const ready: Ready = {
    pid: process.pid,
    control: control.socket,
    urls: {
      gitlab: gitlab.url,
      heroku: heroku.url,
      herokuRegistry: heroku.registryHost,
      router: heroku.routerUrl,
    },
    env: sandboxEnvironment(ctx, { gitlab, heroku }),
  };
  await writeAtomically(join(stateDir, READY_FILE), `${JSON.stringify(ready)}\n`);
  log.info("ready");
  tell({ kind: "ready" });
}

/** Ends the services in the opposite order of their start. */
function stop(): Promise<void> {
  stopping ??= (async () => {
    abort.abort();
    for (const { name, service } of services.toReversed()) {
      try {
        await service.close();
      } catch (error) {
        context?.log("daemon").error(`closing ${name}: ${describeError(error)}`);
      }
    }
    await endAllTracked(stateDir, ["daemon", "starter"]);
    context?.log("daemon").info("stopped");
    releaseDaemon(stateDir);
  })();
  return stopping;
}

function tell(message: DaemonMessage): void {
  if (process.connected) process.send?.(message);
}
