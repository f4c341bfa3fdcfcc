/** What is asked of the services: nothing but GET, and nothing secret is kept. */
import { afterEach, describe, expect, it } from "vitest";
import { askServices } from "../../../operations/posture/ask.ts";
import { configWith } from "../../support/program.ts";
import { type Answers, serve } from "../../support/server.ts";

const secret = "a-value-to-hide";
const server = (path = "") => `GET /projects/ml%2Fmlserver${path}`;

let open: Awaited<ReturnType<typeof serve>> | undefined;
afterEach(() => open?.close());

async function ask(answers: Answers) {
  open = await serve(answers);
  const account = { url: open.url, token: "token" };
  const config = configWith({
    gitlabNamespace: "ml",
    serverProjectName: "mlserver",
    models: [],
    gitlab: account,
    heroku: account,
  });
  return askServices(config);
}

describe("the facts", () => {
  it("are asked for by GET alone; where nothing is told, they say why", async () => {
    const { tier, instance, projects } = await ask({});
    expect(new Set(open?.received.map(({ method }) => method))).toEqual(new Set(["GET"]));
    expect({ tier, instance }).toMatchObject({ tier: undefined, instance: { status: 404 } });
    expect(projects.map(({ path, settings }) => ({ path, settings }))).toMatchObject([
      { path: "ml/mlserver", settings: { missing: expect.stringContaining("GitLab answered 404") } },
    ]);
  });

  it("keep no value of a credential, and of config vars no value at all", async () => {
    const variable = { value: secret, protected: true, masked: false, hidden: false, raw: true };
    const key = { ...variable, key: "HEROKU_API_KEY" };
    const masked = { ...variable, key: "OTHER", masked: true };
    const image = { ...variable, key: "TRAINING_IMAGE", value: "image@sha256:0" };
    const facts = await ask({
      [server("/variables?per_page=100&page=1")]: [200, [key, masked, image]],
      [`GET /apps/${configWith().herokuApp}/config-vars`]: [200, { ANY: secret }],
    });
    expect(JSON.stringify(facts)).not.toContain(secret);
    expect(facts.configVars).toEqual({ value: ["ANY"] });
    expect(facts.projects[0]?.variables).toMatchObject({
      value: [{ value: null }, { value: null }, { value: "image@sha256:0" }],
    });
  });

  it.each([
    [{ enterprise: false }, undefined, "Free"],
    [{ enterprise: true }, { plan: "free" }, "Free"],
    [{ enterprise: true }, { plan: "premium" }, "Premium"],
    [{ enterprise: true }, { plan: "default" }, undefined],
  ])("have the tier of %j and %j", async (metadata, namespace, tier) => {
    const facts = await ask({
      "GET /metadata": [200, metadata],
      ...(namespace && { "GET /namespaces/ml": [200, namespace] }),
    });
    expect(facts.tier).toBe(tier);
  });

  it("tell which of the latest commits are signed", async () => {
    const facts = await ask({
      [server("/repository/commits?per_page=5")]: [200, [{ id: "a" }, { id: "b" }, { id: "c" }]],
      [server("/repository/commits/a/signature")]: [200, { verification_status: "verified" }],
      [server("/repository/commits/b/signature")]: [200, { verification_status: "unverified" }],
    });
    expect(facts.projects[0]?.commits).toEqual({
      value: [{ isSigned: true }, { isSigned: false }, { isSigned: false }],
    });
  });
});
