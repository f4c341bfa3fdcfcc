import { type StackConfig, setCommand } from "../config/config.ts";
import type { SettingProblem } from "../config/problems.ts";
import { reasonOf, type Surroundings } from "./surroundings.ts";

export async function checkBaseImage(
  { baseImage }: StackConfig,
  world: Surroundings,
  problems: SettingProblem[],
): Promise<void> {
  await world
    .run("docker", "image", "inspect", "--format", "{{.Id}}", baseImage)
    .catch(() => world.run("docker", "manifest", "inspect", baseImage))
    .catch((error) =>
      problems.push({
        setting: "mlops:baseImage",
        found: `${baseImage}, which is not on this machine and cannot be pulled: ${reasonOf(error)}`,
        allowed: "a container image with Python 3.11 on Debian bookworm",
        fix: setCommand("mlops:baseImage", "python:3.11-slim-bookworm"),
      }),
    );
}
