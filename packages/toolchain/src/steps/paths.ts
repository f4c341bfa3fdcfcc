import { homedir } from "node:os";
import path from "node:path";

/** Root of the repository. */
export const root = path.resolve(import.meta.dirname, "../../../..");

/** Everything that set-up makes inside the tree; ignored by git. */
export const cache = path.join(root, ".cache");

/** Version of the Pulumi CLI: that of lib/pulumi/cli.ts, and of the Go module in `packages/toolchain/cli`. */
export const pulumiVersion = "3.259.0";

/** Pulumi's home. */
export const pulumiHome = process.env.PULUMI_HOME || path.join(homedir(), ".pulumi");

/** Where `npx pulumi` looks for that CLI. */
export const pulumiBin = path.join(pulumiHome, "versions", pulumiVersion, "bin");

/** Images that set-up makes on this machine; the sandbox hands their names to stacks and jobs. */
export const images = {
  base: "tag-to-endpoint/base:bookworm-python3.11",
  ciPython: "tag-to-endpoint/ci-python:3.11",
  ciDocker: "tag-to-endpoint/ci-docker:cli",
} as const;
