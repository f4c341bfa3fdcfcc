import { type StackConfig, setCommand } from "../config/config.ts";
import type { SettingProblem } from "../config/problems.ts";
import type { Surroundings } from "./preflight.ts";

export async function checkDocker(
  config: StackConfig,
  world: Surroundings,
  problems: SettingProblem[],
): Promise<void> {
  try {
    await world.run("docker", "version", "--format", "{{.Server.Version}}");
  } catch (error) {
    problems.push({
      setting: "docker",
      found: lastLine(error),
      allowed: "a docker engine that answers; the runtime image is built with it",
      fix: "start docker, or point DOCKER_HOST at an engine",
    });
    return;
  }
  const { baseImage, herokuRegistry, heroku } = config;
  await Promise.all([
    world
      .run("docker", "image", "inspect", "--format", "{{.Id}}", baseImage)
      .catch(() => world.run("docker", "manifest", "inspect", baseImage))
      .catch((error) =>
        problems.push({
          setting: "mlops:baseImage",
          found: `${baseImage}, which is neither on this machine nor to be pulled: ${lastLine(error)}`,
          allowed: "a container image with Python 3.11 on Debian bookworm",
          fix: setCommand("mlops:baseImage", "python:3.11-slim-bookworm"),
        }),
      ),
    world.logIn(herokuRegistry, "_", heroku.token).catch((error) =>
      problems.push({
        setting: "mlops:herokuRegistry",
        found: `${herokuRegistry}, which refuses the log-in with heroku:apiKey: ${lastLine(error)}`,
        allowed: "Heroku's container registry and a key that it knows",
        fix: setCommand("mlops:herokuRegistry", "registry.heroku.com"),
      }),
    ),
  ]);
}

function lastLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split("\n").at(-1) ?? "";
}

/** Seeds and releases need git; were it missing, that would show half-way. */
export async function checkGit(world: Surroundings, problems: SettingProblem[]): Promise<void> {
  try {
    await world.run("git", "--version");
  } catch (error) {
    problems.push({
      setting: "git",
      found: lastLine(error),
      allowed: "git on PATH",
      fix: "install it: apt-get install git",
    });
  }
}

export async function checkTemplates(
  config: StackConfig,
  world: Surroundings,
  problems: SettingProblem[],
): Promise<void> {
  for (const [index, { template }] of config.models.entries()) {
    if (await world.hasFile(`models/${template}/model-settings.json`)) continue;
    problems.push({
      setting: `mlops:models[${index}].template`,
      found: `${JSON.stringify(template)}, and there is no models/${template}/model-settings.json`,
      allowed: "the name of a folder under models/ with a model-settings.json",
      fix: setCommand(`mlops:models[${index}].template`, "iris-decision-tree"),
    });
  }
}
