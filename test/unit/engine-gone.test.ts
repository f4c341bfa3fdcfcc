/** A command tells whether the update that it belongs to still goes on. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { root } from "../../lib/repository.ts";

it("its plugin is there, and then killed", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "engine-gone-"));
  const [file, program] = ["seen", "program.mts"].map((name) => path.join(folder, name)) as [string, string];
  writeFileSync(
    program,
    `import { appendFileSync } from "node:fs";
     import { setTimeout as delay } from "node:timers/promises";
     import { watchEngine } from ${JSON.stringify(path.join(root, "infra/commands/engine.ts"))};
     const isThere = watchEngine();
     for (let count = 0; count < 100; count++) {
       const told = await isThere();
       appendFileSync(${JSON.stringify(file)}, told + " ");
       if (!told) break;
       await delay(100);
     }`,
  );
  const seen = () => {
    try {
      return readFileSync(file, "utf8").trim().split(" ");
    } catch {
      return [];
    }
  };
  // A plugin starts a shell, which starts the command and waits for it.
  const line = `'${process.execPath}' '${program}'; true`;
  const plugin = spawn(process.execPath, [
    "--eval",
    `require("node:child_process").spawn("/bin/sh", ["-c", ${JSON.stringify(line)}]); setInterval(() => {}, 1000)`,
  ]);
  try {
    await expect.poll(seen, { timeout: 10_000 }).toContain("true");
    plugin.kill("SIGKILL");
    await expect.poll(() => seen().at(-1), { timeout: 10_000 }).toBe("false");
  } finally {
    plugin.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
});
