import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { secret } from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Engine, engine, SECRET_MARK, Thing } from "./engine.ts";

const TYPE = "command:local:Command";
const OUTPUTS = { outputs: ["stdout", "stderr", "assets", "archive"] };

let pulumi: Engine;
let trace: string;

beforeAll(async () => {
  pulumi = await engine();
  // Quoted in the commands, which are lines of shell: the folder's name has a space.
  trace = path.join(pulumi.folder, "trace");
});
afterAll(() => pulumi.remove());

const traced = async () => (await readFile(trace, "utf8")).trim().split("\n");

describe("command:local:Command", () => {
  const program = (inputs: Record<string, unknown>) => async () => {
    const command = new Thing(
      TYPE,
      "run",
      {
        create: `echo "create $WHO" >> '${trace}'; echo "made by $WHO"`,
        update: `echo "update $WHO after $PULUMI_COMMAND_STDOUT" >> '${trace}'; echo "changed by $WHO"`,
        delete: `echo "delete $WHO after $PULUMI_COMMAND_STDOUT" >> '${trace}'`,
        environment: { WHO: "ada" },
        ...inputs,
      },
      OUTPUTS,
    );
    return { stdout: command.out("stdout") };
  };

  test("a preview runs nothing and promises nothing", async () => {
    const { steps, log } = await pulumi.preview(program({}));
    expect(steps).toEqual({ run: "create" });
    expect(log).toContain("[unknown]");
    await expect(readFile(trace, "utf8")).rejects.toThrow("ENOENT");
  });

  test("creates, then has nothing to do", async () => {
    const created = await pulumi.up(program({}));
    expect(created.steps).toEqual({ run: "create" });
    expect(created.outputs).toEqual({ stdout: "made by ada" });
    const again = await pulumi.up(program({}));
    expect(again.steps).toEqual({ run: "same" });
    expect(await traced()).toEqual(["create ada"]);
  });

  test("a refresh changes nothing", async () => {
    const { steps } = await pulumi.refresh();
    expect(["same", "refresh"]).toContain(steps.run);
  });

  test("an update runs the update command with the outputs of the last run", async () => {
    const { steps, diffs, outputs } = await pulumi.up(program({ environment: { WHO: "bob" } }));
    expect(steps).toEqual({ run: "update" });
    expect(diffs).toEqual({ run: ['environment["WHO"]'] });
    expect(outputs).toEqual({ stdout: "changed by bob" });
    expect((await traced()).at(-1)).toBe("update bob after made by ada");
  });

  test("without an update command create runs again", async () => {
    const { steps, outputs } = await pulumi.up(program({ environment: { WHO: "cy" }, update: undefined }));
    expect(steps).toEqual({ run: "update" });
    expect(outputs).toEqual({ stdout: "made by cy" });
  });

  test("a changed trigger makes a new one, and the old one is deleted with its own environment", async () => {
    await pulumi.up(program({ triggers: [1, { a: "x" }], environment: { WHO: "cy" } }));
    const { steps } = await pulumi.up(program({ triggers: [2, { a: "x" }], environment: { WHO: "dan" } }));
    expect(steps.run).toBe("replace");
    expect((await traced()).slice(-2)).toEqual(["create dan", "delete cy after made by cy"]);
  });

  test("a destroy runs the delete command", async () => {
    await pulumi.destroy();
    expect((await traced()).at(-1)).toBe("delete dan after made by dan");
  });
});

test("stdin, dir and interpreter", async () => {
  const dir = path.join(pulumi.folder, "here");
  await mkdir(dir, { recursive: true });
  const { outputs } = await pulumi.up(async () => {
    const command = new Thing(
      TYPE,
      "node",
      {
        create:
          "process.stdin.on('data', (d) => process.stdout.write(process.cwd() + ' ' + d)); console.error('warned')",
        stdin: "hello",
        dir,
        interpreter: [process.execPath, "-e"],
      },
      OUTPUTS,
    );
    return { stdout: command.out("stdout"), stderr: command.out("stderr") };
  });
  expect(outputs).toEqual({ stdout: `${dir} hello`, stderr: "warned" });
});

test("files that a command leaves are assets and an archive", async () => {
  const dir = path.join(pulumi.folder, "files");
  await mkdir(path.join(dir, "sub"), { recursive: true });
  await writeFile(path.join(dir, "secret.txt"), "no");
  await pulumi.up(async () => {
    new Thing(
      TYPE,
      "files",
      {
        create: "echo a > a.txt; echo b > sub/b.txt",
        dir,
        assetPaths: ["**/*.txt", "!**/secret.*"],
        archivePaths: ["*.txt"],
      },
      OUTPUTS,
    );
  });
  const { outputs } = (await pulumi.state()).resource("files");
  expect(Object.keys(outputs.assets as object).sort()).toEqual(["a.txt", "sub/b.txt"]);
  expect(outputs.assets).toMatchObject({ "a.txt": { path: path.join(dir, "a.txt") } });
  expect(Object.keys((outputs.archive as { assets: object }).assets).sort()).toEqual(["a.txt", "secret.txt"]);
});

test("a failing command is an error with what it printed, and nothing is kept", async () => {
  const failing = pulumi.up(async () => {
    new Thing(TYPE, "fails", { create: "echo out; echo err >&2; exit 3" });
  });
  await expect(failing).rejects.toThrow(
    /exit status 3: running "echo out; echo err >&2; exit 3":\n(\s*out\n\s*err|\s*err\n\s*out)/,
  );
  expect((await pulumi.state()).text).not.toContain("::fails");
});

test("a missing program or folder is named", async () => {
  await expect(
    pulumi.up(async () => {
      new Thing(TYPE, "nowhere", { create: "true", dir: "/not/there" });
    }),
  ).rejects.toThrow(/could not start \/bin\/sh in \/not\/there: no such program or folder/);
});

test("secrets of environment and stdin make the outputs secret, and none is readable in state or log", async () => {
  const script = path.join(pulumi.folder, "args.sh");
  await writeFile(script, '#!/bin/sh\necho "$0 $*"\necho "token=$TOKEN"\n');
  await chmod(script, 0o755);
  const { log, outputs } = await pulumi.up(async () => {
    const command = new Thing(
      TYPE,
      "secret",
      {
        create: `'${script}'`,
        environment: { TOKEN: secret("plain-7f3a9c-value"), OTHER: "open" },
        logging: "none",
      },
      OUTPUTS,
    );
    return { stdout: command.out("stdout") };
  });
  expect(outputs.stdout).toContain("token=plain-7f3a9c-value");
  expect(log).not.toContain("plain-7f3a9c-value");
  const state = await pulumi.state();
  expect(state.text).not.toContain("plain-7f3a9c-value");
  const kept = state.resource("secret");
  expect(kept.outputs.stdout).toHaveProperty(SECRET_MARK);
  expect(kept.outputs.environment).toMatchObject({ OTHER: "open" });
  expect((kept.outputs.environment as Record<string, unknown>).TOKEN).toHaveProperty(SECRET_MARK);
});

test("wrong inputs are named before anything runs", async () => {
  await expect(
    pulumi.preview(async () => {
      new Thing(TYPE, "wrong", { create: "true", environmant: { A: "b" }, logging: "all" });
    }),
  ).rejects.toThrow(/an argument named "environmant" is not expected here[\s\S]*wrong\.environmant/);
});
