/** Repair knows where the program has its projects and its app; here that is compared with the program. */
import { expect, it, vi } from "vitest";
import { placesOf } from "../../../operations/repair/places.ts";
import { answers, configWith, facts } from "../../support/program.ts";
import { record } from "../../support/recorder.ts";

vi.mock("../../../infra/config/config.ts", async (original) => ({
  ...(await original<object>()),
  readConfig: () => config,
}));
vi.mock("../../../infra/preflight/preflight.ts", () => ({ preflight: async () => facts }));
vi.mock("../../../lib/gitlab/client.ts", () => ({
  imagePrefix: async () => "registry.gitlab.com/ml/mlserver",
}));

const config = configWith({ serverProjectName: "serving" });

it("has every project and app of the program, with parent and provider", async () => {
  const { resources } = await record(() => import("../../../infra/index.ts"), answers);
  const registered = resources.filter(({ type }) => /:(Project|App)$/.test(type));
  const [root] = /^urn:pulumi:.+?::.+?::/.exec(registered[0]?.urn ?? "") ?? [""];
  const { server, models, app } = placesOf(config, root);
  // Pulumi's mocks leave grandparents out of a URN; the parent has them.
  const told = [server, ...models, app].map(({ parent, type, name, called }) => ({
    parent,
    type,
    name,
    called,
  }));
  const wanted = registered.map(({ parent, type, name, inputs }) => ({
    parent,
    type,
    name,
    called: type.startsWith("gitlab:") ? `ml/${inputs.path}` : String(inputs.name),
  }));
  const sorted = (list: typeof told) => list.toSorted((a, b) => a.called.localeCompare(b.called));
  expect(sorted(told)).toEqual(sorted(wanted as typeof told));
  expect(app.urn).toBe(`${root}mlops:index:ModelServer$heroku:app/app:App::mlserver`);
});
