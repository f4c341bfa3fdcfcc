import { mkdirSync } from "node:fs";
import path from "node:path";
import { root } from "../../toolchain/setup/paths.ts";

/** `bench/results/<bench>-<time>`, whose folder then exists. */
export function resultFile(bench: string): string {
  const folder = path.join(root, "bench/results");
  mkdirSync(folder, { recursive: true });
  return path.join(folder, `${bench}-${new Date().toISOString().replace(/[:.]/g, "-")}`);
}
