import { describe, expect, it } from "vitest";
import { run, runForBytes, runToEnd } from "../../../lib/process/run.ts";

const node = (script: string) => ["-e", script];

describe("a program that is run", () => {
  it("resolves with its code and both outputs, whatever the code is", async () => {
    const script = "process.stdout.write('out\\n'); process.stderr.write('err'); process.exitCode = 3";
    expect(await runToEnd(process.execPath, node(script))).toEqual({
      code: 3,
      stdout: "out\n",
      stderr: "err",
    });
  });

  it("has the code that a shell gives it where a signal ended it", async () => {
    expect(await runToEnd(process.execPath, node("process.kill(process.pid, 'SIGKILL')"))).toMatchObject({
      code: 137,
    });
  });

  it("is ended when its time is up", async () => {
    const started = Date.now();
    const { code } = await runToEnd(process.execPath, node("setTimeout(() => {}, 60_000)"), {
      timeoutMs: 300,
    });
    expect(code).toBe(143);
    expect(Date.now() - started).toBeLessThan(20_000);
  });

  it("gets input, and is no failure where it does not read it", async () => {
    expect(await run(process.execPath, node("process.stdin.pipe(process.stdout)"), { input: "in" })).toBe(
      "in",
    );
    const input = "x".repeat(1_000_000);
    expect(await run(process.execPath, node("process.stdin.destroy(); console.log('done')"), { input })).toBe(
      "done\n",
    );
  });

  it("sees this process's variables and those given, or those given alone", async () => {
    const script = node("process.stdout.write([process.env.HOME !== undefined, process.env.GIVEN].join())");
    expect(await run(process.execPath, script, { env: { GIVEN: "1" } })).toBe("true,1");
    expect(await run(process.execPath, script, { env: { GIVEN: "1" }, extendEnv: false })).toBe("false,1");
  });

  it("may print bytes that are no text", async () => {
    const script = node("process.stdout.write(Buffer.from([0xff, 0, 0x0a]))");
    expect([...(await runForBytes(process.execPath, script))]).toEqual([0xff, 0, 0x0a]);
  });

  it("is named where it is missing, and where its folder is", async () => {
    await expect(runToEnd("no-such-program", [])).rejects.toThrow("no-such-program is not installed");
    await expect(runToEnd(process.execPath, [], { cwd: "/no/such/folder" })).rejects.toThrow(/folder/);
  });
});
