/** `npm run drift` against drift made by hand, of every kind, and each printed command at work. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { pulumi, required } from "@tag-to-endpoint/journey";
import { type ThrowawayStack, throwawayStack } from "@tag-to-endpoint/throwaway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { create as newKeyPair } from "../../infra/commands/ssh-key-pair.ts";
import { called } from "../../lib/kinds/called.ts";
import { root } from "../../lib/repository.ts";
import { accountsOf } from "../support/accounts.ts";
import { type DriftReport, driftOf } from "../support/drift-report.ts";
import { stackCommand } from "../support/stack-command.ts";
import { APP, CANARIES, CASES, IRIS, SERVER } from "./drift-cases.ts";
import { CONNECTED, callsOf, OWN, plainWords } from "./drift-connected-cases.ts";

let stack: ThrowawayStack;

/** Runs a command line, as a person does in a terminal. */
const shell = (line: string, env: Record<string, string> = {}) =>
  stackCommand(stack.environment, "sh", ["-c", line], { env });

const drift = () => driftOf(stack.environment);
const state = () => pulumi(stack.environment, "pulumi", ["stack", "export"]);

beforeAll(async () => {
  stack = await throwawayStack();
  await pulumi(stack.environment, "pulumi", ["up", "--yes", "--skip-preview"]);
}, 300_000);
afterAll(async () => stack?.remove(), 120_000);

it("tells that nothing was changed, and what could not be compared", async () => {
  const { code, report } = await drift();
  expect(report).toMatchObject({ drifted: false, drift: [], unmanaged: [] });
  expect(report.notes.join()).toContain(`${SERVER}: HEROKU_API_KEY`);
  expect(code).toBe(0);
});

describe("drift made by hand", () => {
  let told: DriftReport;
  beforeAll(async () => {
    const accounts = accountsOf(stack.environment);
    for (const { make } of CASES) await make(accounts);
    const before = await state();
    const { code, report } = await drift();
    expect(code).toBe(2);
    expect(await state()).toBe(before);
    told = report;
  }, 120_000);

  it.each(CASES)("tells of $what", ({ called: words, attributes }) => {
    const change = told.drift.find((one) => called(one) === words);
    expect(change).toMatchObject(
      attributes === "deleted" ? { what: "deleted", attributes: [] } : { what: "changed", attributes },
    );
  });

  it("tells of nothing else", () => {
    expect(told.drift.map(called).sort()).toEqual(CASES.map((one) => one.called).sort());
  });

  it("shows no secret in any format, and names every command", async () => {
    for (const format of ["text", "markdown"]) {
      const { code, stdout, stderr } = await shell(`node operations/drift/main.ts --format ${format}`);
      expect(code).toBe(2);
      for (const canary of CANARIES) expect(stdout + stderr).not.toContain(canary);
      for (const { restore } of told.drift) expect(stdout).toContain(restore);
    }
    for (const canary of CANARIES) expect(JSON.stringify(told)).not.toContain(canary);
  });

  it("is put back by the printed commands, one by one", async () => {
    let left = told.drift.length;
    for (const one of told.drift) {
      const { restore } = one;
      const { code, stdout } = await shell(`${restore} --yes --skip-preview --non-interactive`);
      expect(code, `${restore}\n${stdout}`).toBe(0);
      const { report } = await drift();
      expect(report.drift.map((left) => left.restore)).not.toContain(restore);
      expect(report.drift.length, called(one)).toBeLessThan(left);
      left = report.drift.length;
    }
    expect(await drift()).toMatchObject({ code: 0, report: { drifted: false } });
    const { steps } = JSON.parse(await pulumi(stack.environment, "pulumi", ["preview", "--json"])) as {
      steps: { op: string }[];
    };
    expect(steps.filter(({ op }) => op !== "same")).toEqual([]);
  }, 900_000);
});

describe("what somebody connected, and what a refresh does not read", () => {
  let told: DriftReport;
  const words = (report: DriftReport) =>
    report.unmanaged.map((one) => plainWords(`${called(one)}: ${one.effect}`));
  /** The command as printed, without the set-up that `npm run` begins with. */
  const run = async (command: string) => {
    if (command.startsWith("npm run api -- ")) {
      return shell(command.replace("npm run api --", "node operations/api/main.ts"));
    }
    const line = `${command} --yes --skip-preview --non-interactive`;
    const ended = await shell(line);
    // Where the review wants an approval of what is put back, it names the command.
    const approval = /npm run review -- (--approve=.*)/.exec(ended.stdout + ended.stderr)?.[1];
    if (ended.code === 0 || approval === undefined) return ended;
    await shell(`node operations/review/main.ts ${approval}`);
    return shell(line);
  };

  beforeAll(async () => {
    const call = callsOf(stack.environment);
    for (const { make } of [...OWN, ...CONNECTED]) await make(call);
    told = (await drift()).report;
  }, 120_000);

  it.each(OWN)("tells of the stack's own $told", ({ told: name, attribute }) => {
    const change = told.drift.find((one) => called(one) === name);
    expect(change).toMatchObject({ what: "changed", attributes: [attribute] });
  });

  it.each(CONNECTED)("tells of $told", ({ told: name }) => expect(words(told)).toContain(name));

  it("shows no secret, and says who and when where the service does", () => {
    expect(JSON.stringify(told)).not.toContain("canary");
    const since = (noun: string) => told.unmanaged.find((one) => one.noun === noun)?.since;
    expect(since("trigger token")).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d UTC, by root$/);
    const rule = told.drift.find((one) => called(one) === `tags v* of ${IRIS}`);
    expect(rule?.since).toMatch(/ UTC, by Administrator$/);
  });

  it("is put back by the printed commands, one by one", async () => {
    for (const one of told.drift) {
      const { code, stdout, stderr } = await run(one.restore);
      expect(code, `${one.restore}\n${stdout}${stderr}`).toBe(0);
    }
    for (const one of told.unmanaged) {
      if (!one.restore) throw new Error(`no command for ${called(one)}`);
      const { code, stdout, stderr } = await run(one.restore);
      expect(code, `${one.restore}\n${stdout}${stderr}`).toBe(0);
    }
    const { report } = await drift();
    expect(words(report)).toEqual([]);
    expect(report.drift).toEqual([]);
  }, 900_000);

  it("is still told after a refresh: the program is the baseline, not the last look", async () => {
    const { api } = accountsOf(stack.environment);
    await api.ProtectedTags.unprotect(IRIS, "v*");
    await api.ProtectedTags.protect(IRIS, "v*", { createAccessLevel: 30 });
    await api.Projects.edit(SERVER, { keepLatestArtifact: false } as object);
    await pulumi(stack.environment, "pulumi", ["refresh", "--yes", "--skip-preview"]);
    const { report } = await drift();
    expect(report.drift.map(called)).toEqual([`tags v* of ${IRIS}`]);
    expect(report.drift[0]?.attributes).toMatchObject([{ before: "Maintainers", after: "Developers" }]);
    expect(words(report)).toEqual([`setting "keep latest artifact" of ${SERVER}: yes -> no`]);
    for (const { restore = "" } of [...report.drift, ...report.unmanaged]) {
      expect((await run(restore)).code).toBe(0);
    }
    expect(await drift()).toMatchObject({ code: 0, report: { drifted: false } });
  }, 300_000);

  it("is told no more once it is accepted, and again when it changes", async () => {
    const { api } = accountsOf(stack.environment);
    await api.ProjectVariables.create(SERVER, "EXPECTED", "x");
    const [found] = (await drift()).report.unmanaged;
    const text = `${found && called(found)}: ${found?.effect}`;
    await pulumi(stack.environment, "pulumi", ["config", "set", "--path", "driftAccepted[2]", text]);
    expect(await drift()).toMatchObject({ code: 0, report: { unmanaged: [] } });
    await api.ProjectVariables.edit(SERVER, "EXPECTED", "x", {
      protected: true,
      filter: { environment_scope: "*" },
    });
    expect((await drift()).report.unmanaged).toHaveLength(1);
    await api.ProjectVariables.remove(SERVER, "EXPECTED");
    await pulumi(stack.environment, "pulumi", ["config", "rm", "--path", "driftAccepted[2]"]);
  }, 120_000);
});

describe("what is not the stack's", () => {
  const key = `${newKeyPair().publicKey} by-hand`;

  it("is told where it weakens the stack's protection, and only there", async () => {
    const { api, heroku } = accountsOf(stack.environment);
    await api.ProtectedTags.protect(IRIS, "rc-*", { createAccessLevel: 30 });
    await api.ProtectedTags.protect(IRIS, "strict-*", { createAccessLevel: 40 });
    await api.ProtectedBranches.protect(SERVER, "m*", { pushAccessLevel: 30, mergeAccessLevel: 40 });
    await api.ProtectedBranches.protect(SERVER, "release/*", { pushAccessLevel: 40, allowForcePush: true });
    await api.ProtectedBranches.protect(SERVER, "strict/*", { pushAccessLevel: 40, mergeAccessLevel: 40 });
    await api.ProjectVariables.create(SERVER, "EXTRA", CANARIES[1], { raw: true });
    await api.ProjectVariables.create(SERVER, "GUARDED", CANARIES[1], { protected: true });
    const end = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10);
    await api.ProjectAccessTokens.create(SERVER, "by-hand", ["api"], end, { accessLevel: 40 });
    await api.DeployKeys.create(IRIS, "by-hand", key, { canPush: true });
    await api.Projects.edit(SERVER, { ciConfigPath: "other.yml", groupRunnersEnabled: false } as object);
    const { id: project } = await api.Projects.show(IRIS);
    await api.Users.createCIRunner("project_type", { projectId: project, description: "by-hand" });
    await heroku("PATCH", `/apps/${APP}/config-vars`, { EXTRA: CANARIES[1] });

    const { code, report } = await drift();
    expect(code).toBe(2);
    expect(report.drift).toEqual([]);
    const found = report.unmanaged.map((one) => `${called(one)}: ${one.effect}`);
    expect(found.sort()).toEqual(
      [
        `tags rc-* of ${IRIS}: lets Developers create tags that see Protected variables`,
        `deploy key by-hand of ${IRIS}: reads and pushes to the repository`,
        `runner by-hand of ${IRIS}: runs the project's jobs, with their credentials`,
        `branches m* of ${SERVER}: lets Developers push to branches that see Protected variables`,
        `branches release/* of ${SERVER}: allows force pushes`,
        `setting "file with the pipeline" of ${SERVER}: none -> other.yml (other jobs see the credentials)`,
        `variable EXTRA of ${SERVER}: is seen by pipelines of every ref`,
        `variable GUARDED of ${SERVER}: is seen by pipelines of protected refs`,
        `access token by-hand of ${SERVER}: opens the project with api as maintainer, until ${end}`,
        `config var EXTRA of ${APP}: is in the environment of every dyno`,
      ].sort(),
    );
    expect(JSON.stringify(report)).not.toContain(CANARIES[1]);
  });
});

describe("the job for GitLab CI", () => {
  it("runs for schedules of protected refs alone, holds no value, and its script reports", async () => {
    const file = path.join(root, "operations/drift/gitlab-ci.yml");
    const { drift: job } = parse(await readFile(file, "utf8")) as {
      drift: {
        image: string;
        rules: { if: string }[];
        before_script: string[];
        script: string[];
        variables: object;
        artifacts: object;
      };
    };
    // The slim image has neither CA certificates nor curl, so nothing could be downloaded.
    expect(job.image).toBe("node:24-bookworm");
    expect(job.before_script.at(-2)).toMatch(/ pulumi version$/);
    expect(job.before_script.at(-1)).toMatch(/ pulumi plugin install$/);
    expect(job.rules).toEqual([
      { if: '$CI_PIPELINE_SOURCE == "schedule" && $CI_COMMIT_REF_PROTECTED == "true"' },
    ]);
    expect(job.variables).toEqual({ PULUMI_SKIP_UPDATE_CHECK: "true" });
    expect(job.artifacts).toMatchObject({ when: "always", access: "developer", paths: ["drift.md"] });
    // The report goes beside the other files of this test, not into the repository.
    const report = path.join(stack.environment.workFolder, "drift.md");
    const script = ["set -e", ...job.script].join("\n").replace("drift.md", report);
    const { code, stdout } = await shell(script);
    expect(code).toBe(2);
    expect(stdout).toContain("#### Not made by the stack");
    expect(await readFile(report, "utf8")).toMatch(
      /^### Stack throwaway-\w+: 0 changed outside, 10 not made by the stack\./,
    );
  });
});

describe("a look that is not possible", () => {
  it.each([
    ["the passphrase is wrong", "", { PULUMI_CONFIG_PASSPHRASE: "wrong" }, "incorrect passphrase"],
    ["there is no such stack", "--stack none-such", {}, "none-such"],
  ])("ends with code 1 and says why when %s", async (_what, words, env, reason) => {
    const { code, stdout, stderr } = await shell(`node operations/drift/main.ts ${words}`, env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(reason);
  });

  it("ends with code 64 when the format is unknown", async () => {
    const { code, stdout, stderr } = await shell("node operations/drift/main.ts --format xml");
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
    expect(stderr).toContain(
      "'--format <format>' argument 'xml' is invalid. Allowed choices are text, json, markdown.",
    );
  });

  it("ends with code 1 when the services do not answer", async () => {
    await stack.sandbox.stop();
    const { code, stdout, stderr } = await shell("node operations/drift/main.ts");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^drift: pulumi refresh of stack throwaway-\w+ ended with code 1:/);
    for (const name of ["GITLAB_TOKEN", "HEROKU_API_KEY"]) {
      expect(stderr).not.toContain(required(stack.environment, name));
    }
  });
});
