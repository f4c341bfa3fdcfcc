/** The whole journey on a stack: from nothing to predictions, a rotation, and everything that operations tell of it. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import {
  ask,
  CommandFailed,
  type Environment,
  type ModelVersion,
  modelProject,
  nextVersion,
  pulumi,
  release,
  releaseUnprotected,
  type StackOutputs,
  stackOutputs,
  step,
} from "@tag-to-endpoint/journey";
import { type AccountsRecord, initAccounts, namesOf, TEMPLATE } from "@tag-to-endpoint/throwaway/accounts";
import type { ListrTask } from "listr2";

export interface Walk {
  outputs: StackOutputs;
  released: ModelVersion[];
}

/** What the steps know before they begin. */
interface WalkOptions {
  readonly environment: Environment;
  /** Name of the model project that is tagged, and the folder under models/ that it was made of. */
  readonly model: string;
  readonly template: string;
}

const starter: ModelVersion = { model: "iris-dtc", version: "1.0" };

/** The journey from a new stack on somebody's accounts. */
export function journey(record: AccountsRecord, environment: Environment): ListrTask<Walk>[] {
  const { model } = namesOf(record.accounts.settings);
  return [
    step("A stack with throwaway names", async () => {
      await initAccounts(record, environment);
      return record.stack;
    }),
    ...walk({ environment, model, template: TEMPLATE }),
  ];
}

/** The journey from an empty stack on. */
export function walk({ environment, model, template }: WalkOptions): ListrTask<Walk>[] {
  const operation = (name: string, ...words: string[]) =>
    environment.log.run(
      name,
      "node",
      [`operations/${name}/main.ts`, "--stack", environment.stack, ...words],
      { cwd: environment.root, env: environment.env },
    );
  /** Drift of the stack's own; what an account's groups and its instance have beside it is no concern of this walk. */
  const noDrift = async () => {
    const file = path.join(environment.workFolder, "drift.json");
    await operation("drift", "--format", "json", "--output", file).catch((error: unknown) => {
      if (!(error instanceof CommandFailed && error.code === 2)) throw error;
    });
    const { drift, unmanaged } = JSON.parse(await readFile(file, "utf8")) as {
      drift: { noun: string; name: string }[];
      unmanaged: { noun: string; name: string; isAround?: boolean }[];
    };
    const found = [...drift, ...unmanaged.filter(({ isAround }) => !isAround)];
    const words = found.map(({ noun, name }) => `${noun} ${name}`);
    if (words.length > 0) throw new Error(`drift tells of ${words.join(", ")}: ${file}`);
  };
  const newVersion = async (walk: Walk, onLine: (line: string) => void) => {
    const project = modelProject(walk.outputs, model);
    const version = { model, template, version: await nextVersion(environment, project) };
    const { train, deploy } = await release(environment, project, version.version, onLine);
    walk.released = [...(walk.released ?? []), version];
    const [trained, deployed] = [train, deploy].map(({ seconds }) => `${seconds.toFixed(0)} s`);
    return `${version.version}, trained in ${trained}, deployed in ${deployed}`;
  };

  return [
    step("pulumi up", async (walk, onLine) => {
      await pulumi(environment, "pulumi-up", ["up", "--yes", "--skip-preview"], onLine);
      walk.outputs = await stackOutputs(environment);
      return walk.outputs.appUrl;
    }),
    step("A second update has nothing to do", async (_, onLine) => {
      await pulumi(environment, "pulumi-preview", ["preview", "--expect-no-changes"], onLine);
      return undefined;
    }),
    step("The starter model answers", async ({ outputs }) => ask(environment, outputs, starter)),
    step("A version tag trains, delivers and deploys a model", newVersion),
    step("It answers", async ({ outputs, released }) =>
      (await Promise.all([starter, ...released].map((one) => ask(environment, outputs, one)))).join("; "),
    ),
    step("A tag that no rule protects gets no variables and fails", async ({ outputs }, onLine) =>
      releaseUnprotected(environment, modelProject(outputs, model), "1.0.0", onLine),
    ),
    step("No drift, nothing to review, all well", async () => {
      await noDrift();
      await operation("review");
      await operation("status");
      return undefined;
    }),
    step("New credentials for the pipelines", async () => {
      await operation("rotation");
      return undefined;
    }),
    step("With them, another version is delivered", newVersion),
    step("All of them answer, and there is no drift", async ({ outputs, released }) => {
      await noDrift();
      const answers = [starter, ...released].map(async (one) => {
        return `${one.model} ${one.version}: ${await ask(environment, outputs, one)}`;
      });
      return (await Promise.all(answers)).join("; ");
    }),
  ];
}
