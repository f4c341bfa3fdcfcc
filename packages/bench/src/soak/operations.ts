/** What is done to the stack in each round. Each operation leaves the stack as it found it, so that rounds compare. */
import {
  ask,
  CommandFailed,
  type Environment,
  expectStatus,
  followPipeline,
  gitlab,
  modelProject,
  nextVersion,
  pulumi,
  release,
  type StackOutputs,
  stackOutputs,
} from "@tag-to-endpoint/journey";

export type Operation = readonly [name: string, work: (environment: Environment) => Promise<void>];

const MODEL = "iris-decision-tree";
/** What drift ends with where something was changed outside. */
const DRIFTED = 2;
const silent = () => {};

const up = (environment: Environment, ...words: string[]) =>
  pulumi(environment, "pulumi-up", ["up", "--yes", "--skip-preview", ...words]);

function operate(environment: Environment, folder: string): Promise<string> {
  const words = [`operations/${folder}/main.ts`, "--stack", environment.stack];
  return environment.log.run(folder, "node", words, { cwd: environment.root, env: environment.env });
}

/** Releases a version, asks it, and takes it back out of the server: the app has as many versions as before. */
async function tag(environment: Environment): Promise<void> {
  const outputs = await stackOutputs(environment);
  const project = modelProject(outputs, MODEL);
  const version = await nextVersion(environment, project);
  await release(environment, project, version, silent);
  await ask(environment, outputs, { model: MODEL, version });
  await withdraw(environment, outputs, version);
}

async function withdraw(environment: Environment, outputs: StackOutputs, version: string): Promise<void> {
  const { serverPath } = modelProject(outputs, MODEL);
  const api = gitlab(environment);
  const folder = `models/${MODEL}-${version}`;
  const branch = String((await api.Projects.show(serverPath)).default_branch);
  const tree = await api.Repositories.allRepositoryTrees(serverPath, { path: folder, recursive: true });
  const files = tree.filter(({ type }) => type === "blob");
  const { id: sha } = await api.Commits.create(
    serverPath,
    branch,
    `Remove ${folder}`,
    files.map(({ path }) => ({ action: "delete", filePath: path })),
  );
  const result = await followPipeline(environment, { project: serverPath, ref: branch, sha });
  expectStatus(result, "success");
  await ask(environment, outputs, { model: "iris-dtc", version: "1.0" });
}

async function changeSetting(environment: Environment): Promise<void> {
  await pulumi(environment, "pulumi", ["config", "set", "mlops:gitUserName", "Soak"]);
  await up(environment);
  await pulumi(environment, "pulumi", ["config", "rm", "mlops:gitUserName"]);
  await up(environment);
}

/** A rule that is removed by hand: drift tells, and an update with a refresh puts it back. */
async function putBackDrift(environment: Environment): Promise<void> {
  const { path } = modelProject(await stackOutputs(environment), MODEL);
  await gitlab(environment).ProtectedTags.unprotect(path, "v*");
  const told = await operate(environment, "drift").catch((error: unknown) => error);
  if (!(told instanceof CommandFailed && told.code === DRIFTED)) {
    throw new Error(`drift did not tell of a rule that was removed: ${String(told)}`);
  }
  await up(environment, "--refresh");
  await operate(environment, "drift");
}

export const operations: readonly Operation[] = [
  ["tag", tag],
  ["rotation", async (environment) => void (await operate(environment, "rotation"))],
  ["setting", changeSetting],
  ["drift", putBackDrift],
];
