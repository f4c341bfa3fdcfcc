/** The real Pulumi engine runs the real program against a sandbox: the life of one environment, in order. */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import {
  approve,
  ask,
  gitlab,
  projectPath,
  pulumi,
  type StackOutputs,
  stackOutputs,
} from "@tag-to-endpoint/journey";
import { type ThrowawayStack, throwawayStack } from "@tag-to-endpoint/throwaway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runToEnd } from "../../lib/process/run.ts";

/** One step of `pulumi preview --json`. */
interface PreviewStep {
  op: string;
  urn: string;
  diffReasons?: string[];
}

let stack: ThrowawayStack;
let outputs: StackOutputs;

const run = (...args: string[]) => pulumi(stack.environment, "pulumi", args);

/** What a preview would do, as `[operation, resource type]`, what stays the same left out. */
async function changes(...args: string[]): Promise<string[][]> {
  const { steps } = JSON.parse(await run("preview", "--json", ...args)) as { steps: PreviewStep[] };
  return steps
    .filter((step) => step.op !== "same")
    .map((step) => [step.op, step.urn.split("::").at(-2)?.split("$").at(-1) ?? ""]);
}

beforeAll(async () => {
  stack = await throwawayStack();
}, 300_000);

afterAll(async () => stack?.remove(), 120_000);

describe("an environment", () => {
  it("comes up from nothing, and the starter model answers", async () => {
    await run("up", "--yes", "--skip-preview");
    outputs = await stackOutputs(stack.environment);
    const starter = { model: "iris-dtc", version: "1.0" };
    expect(await ask(stack.environment, outputs, starter)).toBe("0 (setosa)");
  });

  it("is left alone by a second up, which has nothing to warn of", async () => {
    const shown = await run("up", "--yes", "--skip-preview", "--expect-no-changes");
    expect(shown).not.toMatch(/warning/i);
  });

  it("shows a changed protection rule in a preview, and nothing else", async () => {
    await run("config", "set", "mlops:tagCreateAccessLevel", "developer");
    const changed = await changes();
    await run("config", "rm", "mlops:tagCreateAccessLevel");
    // One for each project: the server and two models.
    expect(changed.length).toBe(3);
    expect(new Set(changed.map(([, type]) => type))).toEqual(
      new Set(["gitlab:index/tagProtection:TagProtection"]),
    );
  });

  it("takes the engine that docker's context chooses, which changes no resource", async () => {
    const before = stack.environment.env;
    const folder = path.join(stack.environment.workFolder, "docker");
    // The same engine by another address.
    const host = "unix:///var/run/../run/docker.sock";
    const env = { DOCKER_CONFIG: folder, DOCKER_HOST: "" };
    await runToEnd("docker", ["context", "create", "other", "--docker", `host=${host}`], { env });
    stack.environment.env = { ...before, ...env, DOCKER_CONTEXT: "other" };
    try {
      expect(await changes()).toEqual([["create", "pulumi:providers:docker"]]);
      // Another engine gets the images, and the credentials that they are pushed with.
      await approve(stack.environment);
      await run("up", "--yes", "--skip-preview");
      const state = JSON.parse(await run("stack", "export")) as {
        deployment: { resources: Array<{ type: string; inputs?: { host?: string } }> };
      };
      const providers = state.deployment.resources.filter(({ type }) => type === "pulumi:providers:docker");
      expect(providers.map(({ inputs }) => inputs?.host)).toContain(host);
    } finally {
      stack.environment.env = before;
    }
    const back = await changes();
    expect(back.filter(([, type]) => type !== "pulumi:providers:docker")).toEqual([]);
    await approve(stack.environment);
    await run("up", "--yes", "--skip-preview");
  });

  it("notices a rule that was changed outside, and puts it back", async () => {
    const api = gitlab(stack.environment);
    const project = projectPath(outputs.serverProjectUrl);
    await api.ProtectedTags.unprotect(project, "v*");
    await run("refresh", "--yes", "--skip-preview");
    expect(await changes()).toContainEqual(["create", "gitlab:index/tagProtection:TagProtection"]);
    await run("up", "--yes", "--skip-preview");
    expect((await api.ProtectedTags.all(project)).map((rule) => rule.name)).toEqual(["v**", "v*"]);
  });

  it("keeps every credential out of state, logs and outputs", async () => {
    const secrets = [stack.environment.env.GITLAB_TOKEN, stack.environment.env.HEROKU_API_KEY].filter(
      (secret) => secret !== undefined,
    );
    const shown = JSON.parse(await run("stack", "export", "--show-secrets")) as unknown;
    const credentials = [...secrets, ...tokensIn(JSON.stringify(shown))];
    expect(credentials.length).toBeGreaterThan(3);
    const places = [await run("stack", "export"), await run("stack", "output", "--json")];
    for (const file of await readdir(stack.environment.log.folder)) {
      const text = await readFile(path.join(stack.environment.log.folder, file), "utf8");
      // The one place that shows them is the export with --show-secrets above, made for this comparison.
      places.push(text.split("$ pulumi stack export --show-secrets").at(0) ?? "");
    }
    for (const place of places) for (const secret of credentials) expect(place).not.toContain(secret);
  });

  it("goes away and leaves nothing", async () => {
    await run("destroy", "--yes", "--skip-preview");
    const { env } = stack.environment;
    // What GitLab keeps for some weeks has given its name free.
    const left = await gitlab(stack.environment).Projects.all({ membership: true });
    expect(left.filter((project) => !project.marked_for_deletion_on)).toEqual([]);
    const apps = await fetch(`${env.HEROKU_API_URL}/apps`, {
      headers: {
        Accept: "application/vnd.heroku+json; version=3",
        Authorization: `Bearer ${env.HEROKU_API_KEY}`,
      },
    });
    expect(await apps.json()).toEqual([]);
    await run("stack", "rm", "--yes", stack.environment.stack);
  });
});

/** Everything in a text that looks like a token of GitLab or Heroku. */
function tokensIn(text: string): string[] {
  return [...new Set(text.match(/\b(?:glpat-|HRKU-)[A-Za-z0-9_.-]{16,}/g) ?? [])];
}
