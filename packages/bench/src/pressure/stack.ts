import { type Environment, pulumi } from "@tag-to-endpoint/journey";
import { withThrowawayStack } from "@tag-to-endpoint/throwaway";

/** Runs `work` with a stack of its own that has these models and is up. It is gone when this settles. */
export async function withStack(
  models: readonly { name: string; template: string }[],
  work: (environment: Environment) => Promise<void>,
): Promise<void> {
  const settings = models.flatMap(({ name, template }, index) => [
    [`mlops:models[${index}].name`, name],
    [`mlops:models[${index}].template`, template],
  ]);
  await withThrowawayStack({ settings: Object.fromEntries(settings) }, async ({ environment }) => {
    await pulumi(environment, "pulumi", ["up", "--yes", "--skip-preview"]);
    await work(environment);
  });
}
