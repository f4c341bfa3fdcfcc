/** What the documentation shows of the program, its settings and its policy is what they are. `npm run docs` writes it. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { accounts } from "../../../infra/config/accounts.ts";
import { type Setting, settings } from "../../../infra/config/settings.ts";
import { resourceRules, stackRules } from "../../../infra/policy/rules.ts";
import { root } from "../../../lib/repository.ts";
import { rules } from "../../../operations/posture/rules.ts";
import { answers, configWith, facts } from "../../support/program.ts";
import { promiseOf, record } from "../../support/recorder.ts";
import { flowchart, type Made } from "./flow.ts";
import { harmlessPage } from "./harmless-page.ts";
import { leftTable, ownTable } from "./posture-page.ts";
import { settingsPage } from "./settings-page.ts";

vi.mock("../../../infra/config/config.ts", async (original) => ({
  ...(await original<object>()),
  readConfig: () => configWith(),
}));
vi.mock("../../../infra/preflight/preflight.ts", () => ({ preflight: async () => facts }));
vi.mock("../../../lib/gitlab/client.ts", () => ({
  imagePrefix: async () => "registry.gitlab.com/ml/mlserver",
}));

let made: Made;

beforeAll(async () => {
  const { result, resources } = await record(() => import("../../../infra/index.ts"), answers);
  made = { resources, predictionUrls: (await promiseOf(result.predictionUrls)) as Made["predictionUrls"] };
});

/** Compares a file with what it ought to be; with `--update`, which `npm run docs` has, writes it. */
const expectFile = (name: string, text: string) =>
  expect(text).toMatchFileSnapshot(path.join(root, name), "out of date; to write it: npm run docs");

/** Does so with the parts of a file between `<!-- name: npm run docs -->` and `<!-- /name -->`. */
const expectParts = (file: string, parts: Readonly<Record<string, string>>) => {
  const present = readFileSync(path.join(root, file), "utf8");
  const wanted = Object.entries(parts).reduce((page, [name, text]) => {
    const part = new RegExp(`(?<=<!-- ${name}: npm run docs -->\n).*?(?=<!-- /${name} -->)`, "s");
    expect(page).toMatch(part);
    return page.replace(part, () => text);
  }, present);
  return expectFile(file, wanted);
};

describe("README.md", () => {
  it("has the picture of the program", () =>
    expectParts("README.md", { flow: `\`\`\`mermaid\n${flowchart(made)}\`\`\`\n` }));

  it("is no longer than 8 KB", () => {
    expect(readFileSync(path.join(root, "README.md")).byteLength).toBeLessThanOrEqual(8 * 1024);
  });
});

describe("docs/posture.md", () => {
  it("has what is left and why, and our own rules", () =>
    expectParts("docs/posture.md", { left: leftTable(rules), "own-rules": ownTable(rules) }));
});

describe("the picture", () => {
  it("refuses what it has no place for", () => {
    const variable = made.resources.find(({ name }) => name === "mlserver-HEROKU_APP");
    const formation = made.resources.find(({ name }) => name === "mlserver-web");
    if (!variable || !formation) throw new Error("the program registers neither");
    const { propertyDependencies } = variable;
    const changed = {
      ...variable,
      propertyDependencies: { ...propertyDependencies, value: [formation.urn] },
    };
    const resources = made.resources.map((one) => (one === variable ? changed : one));
    expect(() => flowchart({ ...made, resources })).toThrow(
      "The picture has no box for heroku:formation/formation:Formation mlserver-web.",
    );
  });
});

describe("docs/harmless.md", () => {
  it("is the list that the review goes by", () => expectFile("docs/harmless.md", harmlessPage()));
});

describe("docs/settings.md", () => {
  it("is made of the tables that the program reads settings by", () =>
    expectFile("docs/settings.md", settingsPage()));

  it("names everything that a stack can be told", () => {
    const page = settingsPage();
    for (const [name, { description }] of Object.entries({ ...settings, ...accounts })) {
      expect(page).toContain(`### ${name}\n\n${description}\n`);
    }
  });

  it("has an example that is allowed, for every setting that is not secret", () => {
    for (const [name, one] of Object.entries<Setting<unknown>>(settings)) {
      const value = one.example.replace(/^'(.*)'$/, "$1");
      const given =
        one.path === "[0]" ? [value] : one.path === "[0].name" ? JSON.stringify([{ name: value }]) : value;
      expect(one.secret || one.schema.safeParse(given).success, name).toBe(true);
    }
  });
});

describe("docs/policy.md", () => {
  it("has all rules", () => {
    const rows = [
      ...resourceRules.map((rule) => ({ ...rule, about: "a resource" })),
      ...stackRules.map((rule) => ({ ...rule, about: "the whole stack" })),
    ].map(({ name, description, about }) => `| \`${name}\` | ${description} | ${about} |\n`);
    return expectParts("docs/policy.md", {
      rules: `| Rule | What it wants | About |\n|---|---|---|\n${rows.join("")}`,
    });
  });
});
