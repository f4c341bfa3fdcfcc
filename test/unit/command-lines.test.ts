/** Every command keeps the contract of packages/command-line; each runs as a process, without set-up or docker. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../../lib/repository.ts";

const { scripts } = JSON.parse(await readFile(path.join(root, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

/** The program of an npm script, which the line of help for `npm run` precedes. */
function programOf(script: string): string {
  const [, program] =
    /^: '[^']+'; node (?:packages\/toolchain\/run\.mjs (?:--for stack )?)?(\S+)$/.exec(
      scripts[script] ?? "",
    ) ?? [];
  if (program === undefined) throw new Error(`script ${script} has another form: ${scripts[script]}`);
  return program;
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(script: string, args: readonly string[]): Promise<Ended> {
  // Nothing but Node.js is there.
  const env = { PATH: path.dirname(process.execPath) };
  const words = [programOf(script), ...args];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, words, { cwd: root, env }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

describe.concurrent("npm run", () => {
  it.each(Object.keys(scripts))("%s -- --help", async (script) => {
    const { code, stdout, stderr } = await run(script, ["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(new RegExp(`^Usage: npm (run )?${script} -- `));
    expect(stdout).toContain("\n  64  bad usage\n");
  });

  it.each([
    ["demo", "--kepe", "unknown option '--kepe'\n(Did you mean --keep?)"],
    ["check", "now", "too many arguments. Expected 0 arguments but got 1: now."],
    ["setup", "--again", "unknown option '--again'"],
    ["sandbox", "", "no command. Allowed are start, status, stop, reset, fault."],
    ["sandbox", "begin", "unknown command 'begin'. Allowed are start, status, stop, reset, fault."],
    ["sandbox", "fault", "no command. Allowed are add, list, clear."],
    [
      "sandbox",
      "fault add 503 --nth often",
      "option '--nth <n>' argument 'often' is invalid. Allowed is a number.",
    ],
    ["sandbox", "status --write-env x", "unknown option '--write-env'"],
    ["preflight", "--fix", "unknown option '--fix'"],
    ["review", "--yes", "unknown option '--yes'"],
    [
      "review",
      "--format pdf",
      "option '--format <format>' argument 'pdf' is invalid. Allowed choices are text, json, markdown.",
    ],
    ["drift", "--stack", "option '-s, --stack <name>' argument missing"],
    [
      "drift",
      "--format pdf",
      "option '--format <format>' argument 'pdf' is invalid. Allowed choices are text, json, markdown.",
    ],
    [
      "api",
      "gitlab GET /projects",
      "command-argument value 'GET' is invalid for argument 'method'. Allowed choices are DELETE, PATCH, POST, PUT.",
    ],
    [
      "api",
      "heroku DELETE //elsewhere.example/x",
      "command-argument value '//elsewhere.example/x' is invalid for argument 'path'. A path of the API begins with one slash: /projects/3/hooks/7",
    ],
    [
      "rotate",
      "--only both",
      "option '--only <issuer>' argument 'both' is invalid. Allowed choices are gitlab, heroku.",
    ],
    [
      "rotate",
      "--wait-minutes soon",
      "option '--wait-minutes <n>' argument 'soon' is invalid. Allowed is a number of minutes, 0 or more.",
    ],
    ["status", "--json", "unknown option '--json'"],
    [
      "likeness",
      "--format pdf",
      "option '--format <format>' argument 'pdf' is invalid. Allowed choices are text, json, markdown.",
    ],
    ["throwaway", "", "no command. Allowed are up, list, exec, down."],
    [
      "throwaway",
      "up --ttl soon",
      "option '--ttl <duration>' argument 'soon' is invalid. Allowed is a duration like 90m, 2h or 1d.",
    ],
    [
      "throwaway",
      "up --name A",
      "option '--name <name>' argument 'A' is invalid. Allowed are 1 to 30 lowercase letters, digits and dashes.",
    ],
    ["throwaway", "up --real", "option '--real' needs --namespace <path> and --app-prefix <prefix>"],
    ["throwaway", "down", "give the name of a stack or --all, one of the two"],
    ["throwaway", "down one --all", "give the name of a stack or --all, one of the two"],
    ["throwaway", "exec one", "missing required argument 'command'"],
    [
      "bench",
      "speed",
      "unknown command 'speed'. Allowed are image, settings, delivery, stack, pressure, faults, crashes.",
    ],
    [
      "soak",
      "--minutes 0",
      "option '--minutes <n>' argument '0' is invalid. Allowed is a number of minutes above 0.",
    ],
    [
      "bench",
      "image --rounds 0",
      "option '--rounds <n>' argument '0' is invalid. Allowed is a whole number from 1 on.",
    ],
  ])("%s -- %s is bad usage", async (script, line, message) => {
    const { code, stdout, stderr } = await run(
      script,
      line.split(" ").filter((word) => word !== ""),
    );
    expect({ code, stdout }).toEqual({ code: 64, stdout: "" });
    expect(stderr.startsWith(`${script}: ${message}\n\nUsage: npm run ${script} -- `), stderr).toBe(true);
  });

  it("sandbox -- status of none ends with 2", async ({ expect, onTestFinished }) => {
    const folder = await mkdtemp(path.join(tmpdir(), "tag-to-endpoint-no-sandbox-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    expect(await run("sandbox", ["status", "--state", path.join(folder, "state")])).toEqual({
      code: 2,
      stdout: "There is no sandbox.\n",
      stderr: "",
    });
  });
});
