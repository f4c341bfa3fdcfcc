import { type StackConfig, setCommand } from "../config/config.ts";
import type { SettingProblem } from "../config/problems.ts";
import { reasonOf, type Surroundings } from "./surroundings.ts";

export async function checkHerokuRegistry(
  { herokuRegistry, heroku }: StackConfig,
  world: Surroundings,
  problems: SettingProblem[],
): Promise<void> {
  await world.logIn(herokuRegistry, "_", heroku.token).catch((error) =>
    problems.push({
      setting: "mlops:herokuRegistry",
      found: `${herokuRegistry}, which refuses the log-in with heroku:apiKey: ${reasonOf(error)}`,
      allowed: "Heroku's container registry and a key that it knows",
      fix: setCommand("mlops:herokuRegistry", "registry.heroku.com"),
    }),
  );
}
