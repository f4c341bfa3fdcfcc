import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { type Environment, openRunLog, pulumi } from "@tag-to-endpoint/journey";
import { startSandbox } from "@tag-to-endpoint/sandbox";
import { root } from "@tag-to-endpoint/toolchain";
import { type Run, settingsOf } from "../run.ts";

/** A sandbox of this run's own, and a stack in it that is not up yet. Both go with the run. */
export async function startStack(run: Run): Promise<Environment> {
  const stack = `bench-${process.pid}`;
  const settings = settingsOf(process.pid);
  const folder = (name: string) => {
    const place = path.join(run.folder, name);
    mkdirSync(place, { recursive: true });
    return place;
  };
  run.atEnd(async () => rmSync(settings, { force: true }));
  const sandbox = await startSandbox({
    stateDir: path.join(run.folder, "sandbox"),
    onProgress: (text) => run.say(`sandbox: ${text}`),
  });
  run.atEnd(() => sandbox.reset());
  const environment: Environment = {
    ...{ root, stack, workFolder: folder("work") },
    log: openRunLog(path.join(root, ".cache/bench", stack)),
    env: { ...sandbox.env, PULUMI_BACKEND_URL: `file://${folder("state")}` },
  };
  copyFileSync(path.join(root, "Pulumi.dev.yaml"), settings);
  await pulumi(environment, "pulumi", ["stack", "init", stack]);
  return environment;
}
