/**
 * The test command of the README: types and style, then every kind of test. Arguments go to vitest:
 * `npm test -- --project unit`, `npm test -- test/image`.
 */
import { spawnSync } from "node:child_process";

const commands: Array<[string, string[]]> = [
  ["tsc", ["--noEmit"]],
  ["biome", ["check", "."]],
  ["depcruise", ["infra", "lib", "operations", "packages", "demo", "test"]],
  ["vitest", ["run", ...process.argv.slice(2)]],
];

for (const [program, args] of commands) {
  process.stdout.write(`\n$ ${[program, ...args].join(" ")}\n`);
  const { status, error } = spawnSync(program, args, { stdio: "inherit" });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
