import { setCommand } from "../../config/config.ts";
import { type Check, ok, problem, type Verdict } from "../check.ts";
import type { Machine } from "./machine.ts";

export const templateChecks: ReadonlyArray<Check<Machine>> = [
  { name: "templates of the models", setting: "mlops:models", look: checkTemplates },
];

async function checkTemplates({ config: { models }, world }: Machine): Promise<Verdict | Verdict[]> {
  const there = await Promise.all(
    models.map(({ template }) => world.hasFile(`models/${template}/model-settings.json`)),
  );
  const missing = models.flatMap(({ template }, index) =>
    there[index]
      ? []
      : [
          problem({
            setting: `mlops:models[${index}].template`,
            found: `${JSON.stringify(template)}, and there is no models/${template}/model-settings.json`,
            allowed: "the name of a folder under models/ with a model-settings.json",
            fix: setCommand(`mlops:models[${index}].template`, "iris-decision-tree"),
          }),
        ],
  );
  return missing.length > 0 ? missing : ok(models.map(({ template }) => template).join(", "));
}
