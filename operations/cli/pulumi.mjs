#!/usr/bin/env node
/**
 * `npx pulumi` in this repository. Plain JavaScript, so that it also starts on the Node.js that a machine happens to
 * have: it only finds one that runs TypeScript, and hands over to guarded-pulumi.ts.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const self = fileURLToPath(import.meta.url);
const root = path.resolve(path.dirname(self), "../..");
const pinned = path.join(root, "node_modules/.bin/node");

if (process.features.typescript) {
  module.enableCompileCache?.(path.join(root, ".cache/compile"));
  const { main } = await import("./guarded-pulumi.ts");
  await main();
} else if (existsSync(pinned)) {
  const child = spawn(pinned, [self, ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.once("exit", (code, signal) => {
    process.removeAllListeners();
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = code ?? 1;
  });
} else {
  process.stderr.write(`pulumi: Node.js 24 is needed; found ${process.version}\n`);
  process.exitCode = 1;
}
