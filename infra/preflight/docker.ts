import type { SettingProblem } from "../config/problems.ts";
import { reasonOf, type Surroundings } from "./surroundings.ts";

/** @returns whether an engine answers */
export async function checkDocker(world: Surroundings, problems: SettingProblem[]): Promise<boolean> {
  try {
    await world.run("docker", "version", "--format", "{{.Server.Version}}");
    return true;
  } catch (error) {
    problems.push({
      setting: "docker",
      found: reasonOf(error),
      allowed: "a docker engine that answers; the runtime image is built with it",
      fix: "start docker, or point DOCKER_HOST at an engine",
    });
    return false;
  }
}
