/** The model server on a host that is not Heroku: what it asks of a host, and when. */
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, expect, it, vi } from "vitest";
import type { ReleaseSource } from "../../infra/components/host.ts";
import { ModelServer } from "../../infra/components/model-server.ts";
import { groupSettings } from "../../infra/components/setting-groups.ts";
import { answers, configWith, facts } from "../support/program.ts";
import { promiseOf, type Registration, record } from "../support/recorder.ts";

vi.mock("../../lib/gitlab/client.ts", () => ({ imagePrefix: async () => "registry.gitlab.com/ml/mlserver" }));

const asked: string[] = [];
let resources: Registration[];
let server: ModelServer;
let released: ReleaseSource | "released";

beforeAll(async () => {
  const run = await record(() => {
    const config = configWith();
    const { project, protection, runtime, writeAccess } = groupSettings(config, facts);
    return new ModelServer("server", {
      project,
      protection,
      runtime,
      models: [],
      writeAccess,
      namespace: "ml",
      projectName: "mlserver",
      deployOn: config.deployOn,
      gitlab: config.gitlab,
      user: facts.user,
      canRelease: true,
      host: (name) => ({
        name: "The Moon",
        id: pulumi.output("moon"),
        url: pulumi.output("https://moon.example/"),
        allowDeployments: (project) => {
          asked.push(`${name} lets ${project} deploy`);
          return {
            variables: { MOON_KEY: { value: "key of the moon", credential: true, description: "Deploys" } },
            release: (source) => {
              asked.push(`${name} is released`);
              released = source;
            },
          };
        },
      }),
    });
  }, answers);
  resources = run.resources;
  server = run.result;
});

it("lets the server's project deploy, and then releases its repository", async () => {
  expect(asked).toEqual(["server lets ml/mlserver deploy", "server is released"]);
  expect(await promiseOf({ ...(released as ReleaseSource) })).toMatchObject({
    repositoryUrl: "https://gitlab.com/ml/mlserver.git",
    branch: "main",
    template: "image/repository",
    runtimeImage: await promiseOf(server.runtimeImage),
  });
});

it("gives the host's variables to the deploy job, Protected and the credential masked", () => {
  const variables = resources
    .filter(({ type }) => type === "gitlab:index/projectVariable:ProjectVariable")
    .map(({ inputs }) => ({ key: inputs.key, protected: inputs.protected, masked: inputs.masked }));
  expect(variables.sort((a, b) => (String(a.key) < String(b.key) ? -1 : 1))).toEqual([
    { key: "DEPLOY_ON", protected: true, masked: false },
    { key: "MOON_KEY", protected: true, masked: true },
    { key: "RUNTIME_IMAGE", protected: true, masked: false },
  ]);
});

it("names no other host", async () => {
  expect(await promiseOf(server.appUrl)).toBe("https://moon.example/");
  expect(resources.length).toBeGreaterThan(10);
  expect(JSON.stringify(resources)).not.toMatch(/heroku/i);
});
