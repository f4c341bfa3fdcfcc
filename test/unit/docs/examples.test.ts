/** Examples of reports in the documentation are what the reports say. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";
import { root } from "../../../lib/repository.ts";
import { type Report, render } from "../../../operations/drift/report.ts";
import { driftedResources } from "../../../operations/drift/resources.ts";
import { undoCommand } from "../../../operations/drift/undo.ts";

const urn = (component: string, type: string, name: string) =>
  `urn:pulumi:production::mlops::mlops:index:${component}$${type}::${name}`;

const project = (id: string, name: string) => {
  const state = { id, outputs: { pathWithNamespace: `my-group/${name}` } };
  const type = "gitlab:index/project:Project";
  return { op: "refresh", urn: urn("GitLabProject", type, name), oldState: state, newState: state };
};

const changed = (component: string, type: string, name: string, before: object, after: object) => ({
  op: "update",
  urn: urn(component, type, name),
  oldState: { id: name, inputs: { ...before } },
  newState: { id: name, inputs: { ...after } },
});

const steps = [
  project("1", "mlserver"),
  project("2", "iris-decision-tree"),
  changed(
    "RefProtection",
    "gitlab:index/tagProtection:TagProtection",
    "iris-decision-tree-tag-v*",
    { project: "2", tag: "v*", createAccessLevel: "maintainer" },
    { project: "2", tag: "v*", createAccessLevel: "developer" },
  ),
  changed(
    "CiVariables",
    "gitlab:index/projectVariable:ProjectVariable",
    "mlserver-HEROKU_API_KEY",
    { project: "1", key: "HEROKU_API_KEY", value: "[secret]", masked: true },
    { project: "1", key: "HEROKU_API_KEY", value: "[secret]", masked: false },
  ),
];

const report: Report = {
  stack: "production",
  drift: driftedResources(steps, "production"),
  unmanaged: [
    {
      noun: "deploy key",
      name: "laptop",
      owner: "my-group/mlserver",
      effect: "reads and pushes to the repository",
      since: "2026-11-29 10:08 UTC",
      remedy: "remove it: https://gitlab.com/my-group/mlserver/-/settings/repository",
      restore: undoCommand("production", {
        service: "gitlab",
        method: "DELETE",
        path: "/projects/1/deploy_keys/7",
      }),
    },
  ],
  notes: [],
};

it("docs/throwaway.md has the test of that name, which runs", async () => {
  const page = await readFile(path.join(root, "docs/throwaway.md"), "utf8");
  const [, file = "", shown] = /<!-- example: (\S+) -->\n```ts\n([\s\S]*?)```\n/.exec(page) ?? [];
  expect(shown).toBe(await readFile(path.join(root, file), "utf8"));
});

it("docs/drift.md", async () => {
  const page = await readFile(path.join(root, "docs/drift.md"), "utf8");
  expect(page).toContain(`\`\`\`\n${render(report, "text")}\`\`\`\n`);
});
