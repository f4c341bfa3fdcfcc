/**
 * A stack whose every credential is known: none of them may be found in any place that outlives its use or that a
 * person reads. `stack.test.ts` has the same for the logs and the state of an ordinary life.
 */
import { randomBytes } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import {
  CommandFailed,
  clone,
  gitlab,
  modelProject,
  pulumi,
  release,
  required,
  type StackOutputs,
  stackOutputs,
} from "@tag-to-endpoint/journey";
import { LABEL, sandboxId } from "@tag-to-endpoint/sandbox";
import { type ThrowawayStack, throwawayStack } from "@tag-to-endpoint/throwaway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../lib/repository.ts";
import { openCanaries } from "../support/canaries.ts";
import { stackCommand } from "../support/stack-command.ts";

let stack: ThrowawayStack;
let outputs: StackOutputs;
const canaries = openCanaries();
const { expectNone, filesWith } = canaries;
/** Everything that commands printed on either stream, or failed with. */
const printed: string[] = [];

const IRIS = "iris-decision-tree";

/** Runs a program on the stack and keeps what it printed; it may fail. */
async function run(program: string, args: string[], env: Record<string, string> = {}, input = "") {
  const { code, stdout, stderr } = await stackCommand(stack.environment, program, args, { env, input });
  const text = stdout + stderr;
  printed.push(text);
  return { code, text };
}

/** `pulumi` on the stack, its output kept; with `--event-log` and update plans allowed. */
const stackRun = (args: string[], env: Record<string, string> = {}, input = "") =>
  run(
    "pulumi",
    [...args, "--non-interactive"],
    { PULUMI_DEBUG_COMMANDS: "true", PULUMI_EXPERIMENTAL: "true", ...env },
    input,
  );

const file = (name: string) => path.join(stack.environment.workFolder, name);

/** A stack with a passphrase, and a GitLab token for the models' pipelines, of this test's own. */
beforeAll(async () => {
  stack = await throwawayStack();
  const { env, stack: name } = stack.environment;
  const settings = path.join(root, `Pulumi.${name}.yaml`);
  await pulumi(stack.environment, "pulumi", ["stack", "rm", name, "--yes"]);
  env.PULUMI_CONFIG_PASSPHRASE = `canary-passphrase-${randomBytes(12).toString("hex")}`;
  const dev = await readFile(path.join(root, "Pulumi.dev.yaml"), "utf8");
  await writeFile(settings, dev.replace(/^encryptionsalt:.*\n/m, ""));
  await pulumi(stack.environment, "pulumi", ["stack", "init", name]);
  const api = gitlab(stack.environment);
  const { id } = await api.Users.showCurrentUser();
  const end = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10);
  const { token } = await api.PersonalAccessTokens.create(id, "write", ["write_repository"], {
    expiresAt: end,
  });
  canaries.add("passphrase", env.PULUMI_CONFIG_PASSPHRASE);
  canaries.add("writeToken", String(token));
  for (const variable of ["GITLAB_TOKEN", "HEROKU_API_KEY"])
    canaries.add(variable, required(stack.environment, variable));
  await pulumi(stack.environment, "pulumi", ["config", "set", "mlops:writeAccess", "token"]);
  // Through standard input, since arguments are there for everybody to see.
  await stackRun(["config", "set", "--secret", "mlops:writeToken"], {}, String(token));
}, 120_000);
afterAll(async () => {
  await stack?.remove();
}, 120_000);

describe("an API that fails while a credential is on its way", () => {
  /** What requests met since the last call. */
  const hits = async () => {
    const faults = await stack.sandbox.faults.list();
    await stack.sandbox.faults.clear();
    return faults.flatMap((one) => one.hits);
  };

  it.each(["500", "reset-before"] as const)("%s: GitLab, making variables", async (fault) => {
    const variables = { service: "gitlab", method: "POST", path: "/projects/:id/variables" } as const;
    await stack.sandbox.faults.add({ fault, ...variables, times: "always" });
    const { code, text } = await stackRun(["up", "--yes", "--skip-preview"]);
    expect((await hits()).length, text).toBeGreaterThan(0);
    expect(code).not.toBe(0);
    expectNone("the error", text);
  });

  // `echo` is the worst that an error can hold: the caller's own headers and body.
  it.each(["500", "echo", "reset-before"] as const)("%s: Heroku, making the authorization", async (fault) => {
    await stack.sandbox.faults.add({ fault, service: "heroku", times: "always" });
    const { code, text } = await run("node", ["infra/commands/heroku-authorization.ts", "create"], {
      HEROKU_API_URL: required(stack.environment, "HEROKU_API_URL"),
      HEROKU_API_KEY: required(stack.environment, "HEROKU_API_KEY"),
      DESCRIPTION: "test",
      SCOPES: "read",
      EXPIRY_DAYS: "1",
    });
    expect((await hits()).length).toBeGreaterThan(0);
    expect(code).toBe(1);
    expect(text).not.toBe("");
    expectNone("the error", text);
  });
});

describe("a stack that came up and released a model", () => {
  beforeAll(async () => {
    const plan = await stackRun(["preview", "--diff", "--save-plan", file("first.plan")]);
    expect(plan.code, plan.text).toBe(0);
    const up = await stackRun(["up", "--yes", "--skip-preview", "--event-log", file("up.events")]);
    expect(up.code, up.text).toBe(0);
    outputs = await stackOutputs(stack.environment);
    const exported = await pulumi(stack.environment, "shown-secrets", ["stack", "export", "--show-secrets"]);
    const heroku = [...new Set(exported.match(/\bHRKU-[A-Za-z0-9_.-]{16,}/g) ?? [])];
    expect(heroku.length).toBe(2);
    for (const [index, token] of heroku.entries()) canaries.add(`Heroku token ${index}`, token);
    await release(stack.environment, modelProject(outputs, IRIS), "v1.0.0", () => {});
  }, 600_000);

  it("has the credentials where they belong", async () => {
    const { text } = await stackRun(["config", "get", "mlops:writeToken"]);
    // The one command that is to show it.
    printed.pop();
    expect(text).toContain(canaries.value("writeToken"));
  });

  it("shows none in its plan, events, state, settings and outputs", async () => {
    for (const args of [
      ["config"],
      ["stack"],
      ["stack", "output", "--json"],
      ["stack", "export"],
      ["preview", "--json"],
      ["preview", "--diff", "--show-sames", "--save-plan", file("second.plan")],
      ["up", "--yes", "--skip-preview", "--debug"],
      ["refresh", "--preview-only", "--json", "--event-log", file("refresh.events")],
      ["refresh", "--yes", "--diff"],
    ]) {
      const { code, text } = await stackRun(args);
      expect(code, args.join(" ")).toBe(0);
      expectNone(`pulumi ${args.join(" ")}`, text);
    }
    for (const name of ["first.plan", "second.plan"]) expectNone(name, await readFile(file(name), "utf8"));
    const events = await readFile(file("up.events"), "utf8");
    // The SDK would put what resources answer into its debug messages.
    expect(events).toContain('"severity":"debug"');
    expectNone("up.events", events);
    expectNone("refresh.events", await readFile(file("refresh.events"), "utf8"));
    expectNone(
      "the stack's file",
      await readFile(path.join(root, `Pulumi.${stack.environment.stack}.yaml`), "utf8"),
    );
    const backend = required(stack.environment, "PULUMI_BACKEND_URL").replace("file://", "");
    expect(await filesWith(backend)).toEqual([]);
  }, 120_000);

  it("shows none in reports on its drift and on a change", async () => {
    await stackRun(["config", "set", "mlops:herokuTokenExpiryDays", "30"]);
    for (const format of ["text", "json", "markdown"]) {
      const { code, text } = await run("node", ["operations/drift/main.ts", "--format", format]);
      expect([0, 2]).toContain(code);
      expectNone(`drift --format ${format}`, text);
      const review = await run("node", ["operations/review/main.ts", "--format", format]);
      expect([0, 2]).toContain(review.code);
      expectNone(`review --format ${format}`, review.text);
    }
    await stackRun(["config", "rm", "mlops:herokuTokenExpiryDays"]);
  });

  it("has none in containers, images and their history", async () => {
    const label = `label=${LABEL}=${sandboxId(stack.sandbox.stateDir)}`;
    const lines = async (...args: string[]) => (await run("docker", args)).text.split("\n").filter(Boolean);
    const containers = await lines("ps", "-aq", "--filter", label);
    expect(containers.length).toBeGreaterThan(0);
    const images = new Set(await lines("inspect", "--format", "{{.Image}}", ...containers));
    for (const one of containers) {
      expectNone("docker inspect", (await run("docker", ["inspect", one])).text);
      expectNone("docker logs", (await run("docker", ["logs", one])).text);
      expectNone("a container's environment", (await run("docker", ["exec", one, "env"])).text);
    }
    for (const image of [...images, outputs.runtimeImage]) {
      expectNone("docker image inspect", (await run("docker", ["image", "inspect", image])).text);
      expectNone("docker history", (await run("docker", ["history", "--no-trunc", image])).text);
    }
  });

  it("has none in the logs of its jobs and in what its repositories hold", async () => {
    const api = gitlab(stack.environment);
    for (const project of ["root/mlserver", `root/${IRIS}`]) {
      const jobs = await api.Jobs.all(project);
      expect(jobs.length).toBeGreaterThan(0);
      for (const { id } of jobs) expectNone("a job's log", String(await api.Jobs.showLog(project, id)));
    }
    const model = modelProject(outputs, IRIS);
    for (const project of [model, { ...model, name: "mlserver", webUrl: outputs.serverProjectUrl }]) {
      const folder = await clone(stack.environment, project);
      expect(await filesWith(folder)).toEqual([]);
      const history = await run("git", ["-C", folder, "log", "--all", "-p", "--text", "--format=fuller"]);
      expect(history.text).not.toBe("");
      expectNone("a repository's history", history.text);
    }
  }, 60_000);

  it("leaves none on the sandbox's disk but in the file that hands them out, which is its owner's alone", async () => {
    expect(await filesWith(stack.sandbox.stateDir)).toEqual(["ready.json"]);
    for (const name of [".", "ready.json", "gitlab", "heroku"]) {
      const { mode } = await stat(path.join(stack.sandbox.stateDir, name));
      expect(mode & 0o077, name).toBe(0);
    }
  });

  it("printed none on any stream, and has none in the logs of its run", async () => {
    expect(printed.length).toBeGreaterThan(20);
    for (const text of printed) expectNone("a command's output", text);
    // Made above, for the comparison, with --show-secrets.
    const logs = (await filesWith(stack.environment.log.folder)).filter(
      (name) => name !== "shown-secrets.log",
    );
    expect(logs).toEqual([]);
  });
});

describe("a command that is refused", () => {
  const refused = (name: string) => {
    const value = `canary-refused-${name}-${randomBytes(12).toString("hex")}`;
    canaries.add(name, value);
    return value;
  };
  const releaseWith = (env: Record<string, string>) =>
    run("node", ["infra/commands/first-release.ts", "create"], {
      GITLAB_TOKEN: required(stack.environment, "GITLAB_TOKEN"),
      HEROKU_API_URL: required(stack.environment, "HEROKU_API_URL"),
      HEROKU_API_KEY: required(stack.environment, "HEROKU_API_KEY"),
      HEROKU_REGISTRY: required(stack.environment, "HEROKU_REGISTRY"),
      HEROKU_APP: "sandbox-mlserver",
      REPOSITORY_URL: `${outputs.serverProjectUrl}.git`,
      BRANCH: "main",
      TEMPLATE: "image/repository",
      RUNTIME_IMAGE: outputs.runtimeImage,
      ...env,
    });

  it.each([
    ["git", () => releaseWith({ GITLAB_TOKEN: refused("git") }), /git clone|Authentication|not found/],
    [
      "registry",
      () => releaseWith({ HEROKU_API_KEY: refused("registry") }),
      /log-in|login|401|Unauthorized/i,
    ],
    [
      "authorization",
      () =>
        run("node", ["infra/commands/heroku-authorization.ts", "update"], {
          HEROKU_API_URL: required(stack.environment, "HEROKU_API_URL"),
          HEROKU_API_KEY: refused("account"),
          DESCRIPTION: "test",
          SCOPES: "read",
          EXPIRY_DAYS: "1",
          PULUMI_COMMAND_STDOUT: JSON.stringify({ id: "none", token: refused("previous") }),
        }),
      /Heroku answered 401 unauthorized/,
    ],
    ["preflight", () => stackRun(["preview"], { GITLAB_TOKEN: refused("preflight") }), /gitlab:token/],
  ] as const)("by %s tells why, and not with what", async (_name, command, reason) => {
    const { code, text } = await command();
    expect(code).not.toBe(0);
    expect(text).toMatch(reason);
    expectNone("the error", text);
  });

  it("is no secret to the one who runs it: the error that a run throws has none either", async () => {
    const failing = pulumi({ ...stack.environment, stack: "none-such" }, "failed", ["preview"]);
    const error = await failing.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(CommandFailed);
    expectNone("the error", String((error as CommandFailed).message));
  });
});
