import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import { CustomResource, type CustomResourceOptions, type Inputs, type Output } from "@pulumi/pulumi";
import {
  type EngineEvent,
  LocalWorkspace,
  type OpMap,
  PulumiCommand,
  type PulumiFn,
  type Stack,
} from "@pulumi/pulumi/automation/index.js";
import { buildPlugins } from "../../src/plugins/build.ts";

/** The CLI that set-up has got. The `pulumi` on PATH may be one that guards stacks. */
const CLI_VERSION = "3.259.0";
const cli = path.join(process.env.PULUMI_HOME || path.join(homedir(), ".pulumi"), "versions", CLI_VERSION);

/** Any resource, by its official type token; outputs that a test asks for are named. */
export class Thing extends CustomResource {
  [output: string]: unknown;

  constructor(type: string, name: string, inputs: Inputs, options: ThingOptions = {}) {
    const { outputs = [], ...rest } = options;
    super(type, name, { ...Object.fromEntries(outputs.map((key) => [key, undefined])), ...inputs }, rest);
  }

  /** An output, typed by whoever asks. */
  out<T = string>(name: string): Output<T> {
    return this[name] as Output<T>;
  }
}

export interface ThingOptions extends CustomResourceOptions {
  outputs?: string[];
}

/** What an update or a preview did or would do, by resource name: `create`, `update`, `replace`, `same`, ... */
export type Steps = Record<string, string>;

export interface Ran {
  steps: Steps;
  /** Paths of the properties that differ, by resource name. */
  diffs: Record<string, string[]>;
  outputs: Record<string, unknown>;
  summary: OpMap | undefined;
  log: string;
}

/** One stack on the real engine, with its state and home in a temporary folder. */
export interface Engine {
  stack: Stack;
  folder: string;
  up(program: PulumiFn): Promise<Ran>;
  preview(program: PulumiFn): Promise<Ran>;
  refresh(): Promise<Ran>;
  destroy(): Promise<Ran>;
  /** The state file as it is on disk, and what it says of a resource. */
  state(): Promise<{ text: string; resource(name: string): StateResource }>;
  remove(): Promise<void>;
}

export interface StateResource {
  urn: string;
  id: string;
  type: string;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
}

/** Pulumi's mark of a secret in an exported state. */
export const SECRET_MARK = "4dabf18193072939515e22adb298388d";

/** An empty stack; `env` holds the variables that the plugins are to see. */
export async function engine(env: Record<string, string> = {}): Promise<Engine> {
  const { dir } = await buildPlugins({
    dir: path.resolve(import.meta.dirname, "../../../../.cache/test/plugins"),
  });
  const folder = await mkdtemp(path.join(tmpdir(), "tag-to-endpoint plugins-"));
  for (const name of ["home", "state", "work"]) await mkdir(path.join(folder, name));
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: "test", projectName: "plugins", program: async () => {} },
    {
      workDir: path.join(folder, "work"),
      pulumiHome: path.join(folder, "home"),
      pulumiCommand: await PulumiCommand.get({ root: cli }),
      projectSettings: {
        name: "plugins",
        runtime: "nodejs",
        main: folder,
        backend: { url: `file://${path.join(folder, "state")}` },
      },
      envVars: {
        PATH: `${dir}${path.delimiter}${process.env.PATH ?? ""}`,
        PULUMI_CONFIG_PASSPHRASE: "only for tests",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        ...env,
      },
    },
  );
  const run = async (
    action: (options: {
      onOutput: (text: string) => void;
      onEvent: (event: EngineEvent) => void;
    }) => Promise<Finished>,
  ): Promise<Ran> => {
    const ran: Ran = { steps: {}, diffs: {}, outputs: {}, summary: undefined, log: "" };
    const { outputs, summary } = await action({
      onOutput: (text) => {
        ran.log += text;
      },
      onEvent: (event) => note(ran, event),
    });
    ran.outputs = Object.fromEntries(Object.entries(outputs ?? {}).map(([key, { value }]) => [key, value]));
    ran.summary = summary;
    return ran;
  };
  return {
    stack,
    folder,
    up: (program) =>
      run(async (options) => {
        const { outputs, summary } = await stack.up({ ...options, program });
        return { outputs, summary: summary.resourceChanges };
      }),
    preview: (program) =>
      run(async (options) => ({ summary: (await stack.preview({ ...options, program })).changeSummary })),
    refresh: () =>
      run(async (options) => ({ summary: (await stack.refresh(options)).summary.resourceChanges })),
    destroy: () =>
      run(async (options) => ({ summary: (await stack.destroy(options)).summary.resourceChanges })),
    async state() {
      const text = await readFile(path.join(folder, "state/.pulumi/stacks/plugins/test.json"), "utf8");
      const { resources = [] } = (JSON.parse(text) as Checkpoint).checkpoint.latest;
      return {
        text,
        resource(name) {
          const found = resources.find(({ urn }) => urn.endsWith(`::${name}`));
          if (!found) throw new Error(`no resource ${name} in the state`);
          return found;
        },
      };
    },
    async remove() {
      await stack.destroy({ onOutput: () => {} });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Checkpoint {
  checkpoint: { latest: { resources?: StateResource[] } };
}

interface Finished {
  outputs?: Record<string, { value: unknown }>;
  summary: OpMap | undefined;
}

function note(ran: Ran, event: EngineEvent): void {
  const metadata = event.resourcePreEvent?.metadata ?? event.resOutputsEvent?.metadata;
  if (!metadata || metadata.type === "pulumi:pulumi:Stack" || metadata.type.startsWith("pulumi:providers:")) {
    return;
  }
  const name = metadata.urn.split("::").at(-1) as string;
  // A replacement is told as several steps, of which one is the whole.
  const parts = ["create-replacement", "delete-replaced"];
  if (!parts.includes(metadata.op)) {
    ran.steps[name] = metadata.op;
  }
  if (metadata.detailedDiff) {
    ran.diffs[name] = Object.keys(metadata.detailedDiff).sort();
  }
}
