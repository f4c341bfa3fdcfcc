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
// One of the npm packages on Linux. On other systems it is the user's own that has to do.
const pinned = path.join(root, "node_modules/.bin/node");

if (process.platform === "win32") {
  fail(
    "pulumi: this repository works on Linux and macOS, and on Windows in WSL; found Windows itself.",
    "Fix: wsl --install, then clone the repository in there: https://learn.microsoft.com/windows/wsl/install",
  );
} else if (process.features.typescript && Number(process.versions.node.split(".")[0]) >= 24) {
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
  fail(
    `pulumi: Node.js 24 or later is needed; found ${process.version}.`,
    "Fix: install it from https://nodejs.org (macOS: brew install node@24), then run the command again.",
  );
}

/** @param {string[]} lines */
function fail(...lines) {
  process.stderr.write(`${lines.join("\n")}\n`);
  process.exitCode = 1;
}
