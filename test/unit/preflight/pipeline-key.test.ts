import { expect, it } from "vitest";
import { pipelineKeyIn } from "../../../operations/preflight/examine-stack.ts";
import { canaries, configWith } from "../../support/program.ts";

const authorization = (description: string, token: string) => ({
  urn: `urn:pulumi:prod::mlops::mlops:index:HerokuAuthorization$command:local:Command::${description}`,
  type: "command:local:Command",
  inputs: {
    create: "node infra/commands/heroku-authorization.ts create",
    environment: { DESCRIPTION: description, HEROKU_API_KEY: { plaintext: '"HRKU-of-the-stack"' } },
  },
  outputs: { stdout: { plaintext: JSON.stringify(JSON.stringify({ id: "1", token })) } },
});

it("the deploy job's key is that of the generation in use", () => {
  const stored = [
    authorization("Pipelines of ml/mlserver", "HRKU-old"),
    authorization("Pipelines of ml/mlserver, generation 2", canaries.deployToken),
  ];
  const config = configWith({ herokuTokenGenerations: [1, 2] });
  expect(pipelineKeyIn(stored, config)).toBe(canaries.deployToken);
  expect(pipelineKeyIn(stored, configWith())).toBe("HRKU-old");
  expect(pipelineKeyIn([], config)).toBeUndefined();
});
