import { homedir } from "node:os";
import path from "node:path";

/** Root of the repository. */
export const root = path.resolve(import.meta.dirname, "../../../..");

/** Everything that set-up makes inside the tree; ignored by git. */
export const cache = path.join(root, ".cache");

/** Folder of the stand-in provider plugins; exists only where the official ones could not be downloaded. */
export const standInPlugins = path.join(cache, "plugins");

/**
 * Pulumi's home for stacks on this machine, with the stand-ins as installed plugins; exists only together with them.
 * `npx pulumi` chooses it (operations/cli/local-plugins.ts).
 */
export const standInHome = path.join(cache, "pulumi");

/** Version of the Pulumi CLI: that of the pinned launcher, and of the Go module in `packages/toolchain/cli`. */
export const pulumiVersion = "3.259.0";

/** Where Pulumi's launcher, and so `npx pulumi`, looks for that CLI. */
export const pulumiBin = path.join(
  process.env.PULUMI_HOME ?? path.join(homedir(), ".pulumi"),
  "versions",
  pulumiVersion,
  "bin",
);

/** Images that set-up makes on this machine; the sandbox hands their names to stacks and jobs. */
export const images = {
  base: "tag-to-endpoint/base:bookworm-python3.11",
  ciPython: "tag-to-endpoint/ci-python:3.11",
  ciDocker: "tag-to-endpoint/ci-docker:cli",
} as const;
