import type { StackConfig } from "../config/config.ts";
import { ProblemsError, type SettingProblem } from "../config/problems.ts";
import { checkBaseImage } from "./base-image.ts";
import { checkDocker } from "./docker.ts";
import type { Facts } from "./facts.ts";
import { checkGit } from "./git.ts";
import { checkGitLab } from "./gitlab.ts";
import { checkHeroku } from "./heroku.ts";
import { checkHerokuRegistry } from "./heroku-registry.ts";
import { type Surroundings, thisMachine } from "./surroundings.ts";
import { checkTemplates } from "./templates.ts";

export type { Facts } from "./facts.ts";
export type { Owned } from "./state.ts";
export type { Surroundings } from "./surroundings.ts";

/**
 * Looks at everything the stack depends on before anything is created, in previews too.
 * @throws ProblemsError naming every problem at once
 */
export async function preflight(config: StackConfig, world: Surroundings = thisMachine): Promise<Facts> {
  const problems: SettingProblem[] = [];
  const owned = await world.owned();
  const withDocker = async () => {
    // The runtime image is built, and the first release made, where a runner has docker.
    if (config.firstRelease === "pipeline") return;
    if (!(await checkDocker(world, problems))) return;
    await Promise.all([
      checkBaseImage(config, world, problems),
      checkHerokuRegistry(config, world, problems),
    ]);
  };
  const [facts] = await Promise.all([
    checkGitLab(config, owned, problems),
    checkHeroku(config, owned, problems),
    withDocker(),
    checkGit(world, problems),
    checkTemplates(config, world, problems),
  ]);
  if (!facts || problems.length > 0) throw new ProblemsError("The stack cannot come up", problems);
  return facts;
}
