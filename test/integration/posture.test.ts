/**
 * `npm run posture` and gitlabcis, the scanner of the CIS GitLab Benchmark that GitLab's own people wrote, on one stack
 * with its defaults: both say the same, and the documentation has the numbers.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pulumi } from "@tag-to-endpoint/journey";
import { pythonClients } from "@tag-to-endpoint/sandbox/test/clients";
import { type ThrowawayStack, throwawayStack } from "@tag-to-endpoint/throwaway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runToEnd } from "../../lib/process/run.ts";
import { root } from "../../lib/repository.ts";
import type { Posture } from "../../operations/posture/posture.ts";
import { sources } from "../../operations/posture/rule.ts";
import { stackCommand } from "../support/stack-command.ts";

let stack: ThrowawayStack;
let folder: string;
let posture: Posture;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tag-to-endpoint-posture-"));
  stack = await throwawayStack();
  await pulumi(stack.environment, "pulumi-up", ["up", "--yes", "--skip-preview"]);
  const { env } = stack.environment;
  const words = ["run", "--silent", "posture", "--", "--format", "json"];
  const { code, stdout, stderr } = await stackCommand(stack.environment, "npm", words);
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  for (const secret of ["GITLAB_TOKEN", "HEROKU_API_KEY"])
    expect(stdout).not.toContain(env[secret] as string);
  posture = JSON.parse(stdout) as Posture;
}, 600_000);

afterAll(async () => {
  await stack?.remove();
  if (folder) await rm(folder, { recursive: true, force: true });
}, 120_000);

/** What the scanner says of a project, by the recommendation; with the stack's own token. */
async function scan(project: string): Promise<Map<string, string>> {
  const { env } = stack.environment;
  const file = path.join(folder, "results.json");
  const address = `${new URL(env.GITLAB_BASE_URL ?? "").origin}/${project}`;
  const words = ["-m", "gitlabcis", address, "--format", "json", "--output", file];
  const python = path.join(await pythonClients(), "bin/python");
  const { code, stderr } = await runToEnd(python, words, {
    cwd: folder,
    env: { GITLAB_TOKEN: env.GITLAB_TOKEN ?? "", HOME: folder, NO_COLOR: "1" },
  });
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  const results = JSON.parse(await readFile(file, "utf8")) as { id: string; result: string }[];
  return new Map(results.map(({ id, result }) => [id, result]));
}

/** What the command says of it, in the scanner's words. */
function said(project: string): Map<string, string> {
  const words = { pass: "PASS", fail: "FAIL", "not told": "SKIP", "does not apply": "SKIP" } as const;
  const cis = posture.rules.filter(({ source }) => source === "cis");
  return new Map(
    cis.map(({ id, subjects }) => {
      const own = subjects.find(({ subject }) => subject === project) ?? subjects[0];
      return [id, words[own?.outcome ?? "not told"]];
    }),
  );
}

describe("a stack with its defaults", () => {
  it.each(["root/mlserver", "root/iris-decision-tree", "root/product-classifier"])(
    "%s is to gitlabcis what it is to us",
    async (project) => {
      const [scanned, own] = [await scan(project), said(project)];
      expect([...own.keys()].sort()).toEqual([...scanned.keys()].sort());
      const differing = [...own].filter(([id, verdict]) => {
        const other = scanned.get(id);
        return verdict !== "SKIP" && other !== "SKIP" && verdict !== other;
      });
      expect(differing).toEqual([]);
      // Nothing that the scanner finds wrong is kept quiet.
      const failing = [...scanned].filter(([, verdict]) => verdict === "FAIL").map(([id]) => id);
      expect(failing.filter((id) => own.get(id) !== "FAIL")).toEqual([]);
    },
    300_000,
  );

  it("fails nothing that no reason is given for", () => {
    expect(posture.rules.filter(({ outcome, left }) => outcome === "fail" && left === undefined)).toEqual([]);
  });

  it("has the numbers that the documentation names", async () => {
    const page = await readFile(path.join(root, "docs/posture.md"), "utf8");
    const row = (name: string, { rules, apply, pass, fail, notTold }: Posture["total"]) =>
      `| ${[name, rules, apply, pass, fail, notTold].join(" | ")} |`;
    const rows = Object.entries(posture.bySource).map(([source, count]) =>
      row(sources[source as keyof typeof sources].name, count),
    );
    const table = [...rows, row("all", posture.total)];
    expect(page.split("\n").filter((line) => /^\| [\w ]+ \| \d+ \|/.test(line))).toEqual(table);
  });
});
