/** A test that is killed leaves nothing behind. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import path from "node:path";
import { findRunning, LABEL, sandboxId } from "@tag-to-endpoint/sandbox";
import Docker from "dockerode";
import { expect, it, vi } from "vitest";
import { root } from "../../lib/repository.ts";

const script = `
  import { throwawayStack } from "@tag-to-endpoint/throwaway";
  const { environment, sandbox } = await throwawayStack();
  process.stdout.write(JSON.stringify({ stack: environment.stack, stateDir: sandbox.stateDir }));
  setInterval(() => {}, 1000);
`;

it("a stack goes away with the process that made it, even where that is killed", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  const { stack, stateDir } = JSON.parse(said.toString("utf8")) as { stack: string; stateDir: string };
  const settings = path.join(root, `Pulumi.${stack}.yaml`);
  const daemon = findRunning(stateDir);
  expect(daemon).toBeDefined();
  expect(existsSync(settings)).toBe(true);

  child.kill("SIGKILL");
  await vi.waitFor(
    () => {
      expect(existsSync(path.dirname(stateDir))).toBe(false);
      expect(existsSync(settings)).toBe(false);
      expect(() => process.kill(daemon?.pid ?? 0, 0)).toThrow("ESRCH");
    },
    { timeout: 60_000, interval: 500 },
  );
  const filters = { label: [`${LABEL}=${sandboxId(stateDir)}`] };
  const docker = new Docker();
  expect(await docker.listContainers({ all: true, filters })).toEqual([]);
  expect(await docker.listNetworks({ filters })).toEqual([]);
});
