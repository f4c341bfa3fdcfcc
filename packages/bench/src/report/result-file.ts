import { mkdirSync } from "node:fs";
import path from "node:path";
import { root } from "@tag-to-endpoint/toolchain";

/** `packages/bench/results/<bench>-<time>`, whose folder then exists. */
export function resultFile(bench: string): string {
  const folder = path.join(root, "packages/bench/results");
  mkdirSync(folder, { recursive: true });
  return path.join(folder, `${bench}-${new Date().toISOString().replace(/[:.]/g, "-")}`);
}
