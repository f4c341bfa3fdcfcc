/**
 * command:local:Command: runs a local command on create, update and delete.
 * Behaves as provider/pkg/provider/local of https://github.com/pulumi/pulumi-command (1.2): every output
 * depends on every input, so a secret environment or stdin makes stdout and stderr secret.
 */
import { randomBytes } from "node:crypto";
import type { Context, Resource } from "../shared/provider.ts";
import { type Props, UNKNOWN } from "../shared/values.ts";
import { archiveOf, assetsOf } from "./assets.ts";
import { run } from "./run.ts";

const LOGGING = ["stdout", "stderr", "stdoutAndStderr", "none"] as const;

export const command: Resource = {
  rules: {
    defaults: { addPreviousOutputInEnv: true },
    oneOf: { logging: LOGGING },
    secretSpreads: true,
    changedByUpdate: ["stdout", "stderr"],
  },

  async create(context, inputs) {
    const id = `${context.name}${randomBytes(4).toString("hex")}`;
    return { id, outputs: await outputsOf(context, inputs, inputs.create, {}) };
  },

  /** A command has nothing outside that could be read. */
  async read(_context, id, state) {
    return { id, outputs: state };
  },

  async update(context, { state, inputs }) {
    return outputsOf(context, inputs, inputs.update ?? inputs.create, state);
  },

  async delete(context, _id, state) {
    if (typeof state.delete === "string") {
      await run(context, state.delete, state, state);
    }
  },

  async preview() {
    return { stdout: UNKNOWN, stderr: UNKNOWN };
  },
};

async function outputsOf(context: Context, inputs: Props, line: unknown, previous: Props): Promise<Props> {
  if (typeof line !== "string") {
    return { stdout: previous.stdout ?? "", stderr: previous.stderr ?? "" };
  }
  const { stdout, stderr, dir } = await run(context, line, inputs, previous);
  const outputs: Props = { stdout, stderr };
  if (Array.isArray(inputs.assetPaths)) {
    outputs.assets = await assetsOf(dir, inputs.assetPaths as string[]);
  }
  if (Array.isArray(inputs.archivePaths)) {
    outputs.archive = await archiveOf(dir, inputs.archivePaths as string[]);
  }
  return outputs;
}
