import { type StackConfig, setCommand } from "../config/config.ts";
import type { SettingProblem } from "../config/problems.ts";
import type { Surroundings } from "./surroundings.ts";

export async function checkTemplates(
  { models }: StackConfig,
  world: Surroundings,
  problems: SettingProblem[],
): Promise<void> {
  for (const [index, { template }] of models.entries()) {
    if (await world.hasFile(`models/${template}/model-settings.json`)) continue;
    problems.push({
      setting: `mlops:models[${index}].template`,
      found: `${JSON.stringify(template)}, and there is no models/${template}/model-settings.json`,
      allowed: "the name of a folder under models/ with a model-settings.json",
      fix: setCommand(`mlops:models[${index}].template`, "iris-decision-tree"),
    });
  }
}
