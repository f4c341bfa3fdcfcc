import type { SettingProblem } from "../config/problems.ts";
import { reasonOf, type Surroundings } from "./surroundings.ts";

/** Seeds and releases need git; were it missing, that would show half-way. */
export async function checkGit(world: Surroundings, problems: SettingProblem[]): Promise<void> {
  try {
    await world.run("git", "--version");
  } catch (error) {
    problems.push({
      setting: "git",
      found: reasonOf(error),
      allowed: "git on PATH",
      fix: "install it: apt-get install git",
    });
  }
}
