import { ask, pulumi, stackOutputs } from "@tag-to-endpoint/journey";
import { withThrowawayStack } from "@tag-to-endpoint/throwaway";
import { expect, it } from "vitest";

it("a new stack answers", () =>
  withThrowawayStack({ settings: { "mlops:tagCreateAccessLevel": "no one" } }, async ({ environment }) => {
    await pulumi(environment, "pulumi-up", ["up", "--yes", "--skip-preview"]);
    const outputs = await stackOutputs(environment);
    expect(await ask(environment, outputs, { model: "iris-dtc", version: "1.0" })).toBe("0 (setosa)");
  }));
