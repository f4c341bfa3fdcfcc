/** `npm run throwaway`: stacks come up beside each other, and go away in whatever state they are. */
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { root } from "../../lib/repository.ts";
import { remainsOf, startThrowaway, throwaway } from "../support/throwaway-command.ts";

const names: string[] = [];
/** A name of this test alone: other stacks of this checkout are other tests'. */
function newName(): string {
  const name = `t-${randomBytes(4).toString("hex")}`;
  names.push(name);
  return name;
}
afterEach(async () => {
  for (const name of names.splice(0)) {
    if ((await remainsOf(`throwaway-${name}`)).length > 0) await throwaway(["down", name]);
  }
});

const recordFile = (name: string) => path.join(root, `.cache/throwaway/throwaway-${name}.json`);
const recordOf = (name: string) =>
  JSON.parse(readFileSync(recordFile(name), "utf8")) as { folder: string; guardian: { pid: number } };
const signal = (pid: number | undefined, what: NodeJS.Signals) => process.kill(-(pid as number), what);

describe("npm run throwaway", () => {
  it("brings a stack up, runs commands on it, shows it, and leaves nothing of it", async () => {
    const name = newName();
    const up = await throwaway(["up", "--name", name, "--ttl", "1h", "--set", "mlops:tagPattern=r*"]);
    expect(up.code, up.stderr + up.stdout).toBe(0);
    expect(up.stdout).toContain(`throwaway-${name} is up.`);
    expect(up.stdout).toMatch(/It is removed in 5\d min/);

    const listed = (await throwaway(["list"])).stdout.split("\n").find((line) => line.includes(name));
    expect(listed).toMatch(/ up +.* none +\d containers?, 1 network, \d images?, \d processes, \d files/);

    const [same, seven, absent, again] = await Promise.all([
      throwaway(["exec", name, "--", "npx", "pulumi", "preview", "--expect-no-changes"]),
      throwaway(["exec", name, "--", "sh", "-c", "echo $PULUMI_STACK; exit 7"]),
      throwaway(["exec", name, "--", "no-such-program"]),
      throwaway(["up", "--name", name]),
    ]);
    expect(same.code, same.stderr + same.stdout).toBe(0);
    expect([seven.code, seven.stdout]).toEqual([7, `throwaway-${name}\n`]);
    expect([absent.code, absent.stderr]).toEqual([1, expect.stringContaining("cannot be started")]);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("already")]);

    const down = await throwaway(["down", name]);
    expect([down.code, down.stdout]).toEqual([0, expect.stringContaining(`throwaway-${name}: gone`)]);
    expect(await remainsOf(`throwaway-${name}`)).toEqual([]);
    const second = await throwaway(["down", name]);
    expect([second.code, second.stderr]).toEqual([1, expect.stringContaining("There is no throwaway stack")]);
  });

  it("leaves nothing where Ctrl-C ends it", async () => {
    const name = newName();
    const going = startThrowaway(["up", "--name", name]);
    await expect.poll(going.output, { timeout: 120_000 }).toContain("gitlab:index:Project");
    signal(going.child.pid, "SIGINT");
    expect(await going.ended).toBe(1);
    expect(going.output()).toContain(`Interrupted. throwaway-${name} and all that it had are removed.`);
    expect(await remainsOf(`throwaway-${name}`)).toEqual([]);
  });

  // From the first line of its register on, to an update with many things under way.
  it.each([
    [
      "it is entered in the register",
      (name: string) => () => readFileSync(recordFile(name), "utf8"),
      /folder/,
    ],
    ["its sandbox starts", (_: string, output: () => string) => output, /Sandbox: /],
    ["an update runs", (_: string, output: () => string) => output, /gitlab:index:Project/],
    [
      "an image is built",
      (_: string, output: () => string) => output,
      /docker:index:Image .*(creating|created)/,
    ],
  ])("is found and removed where it and its guardian are killed when %s", async (_, seen, pattern) => {
    const name = newName();
    const going = startThrowaway(["up", "--name", name]);
    const look = seen(name, going.output);
    for (;;) {
      if (pattern.test(orNothing(look))) break;
      await delay(5);
    }
    signal(going.child.pid, "SIGKILL");
    // The guardian would remove it: that is tried in throwaway.test.ts.
    await going.ended;
    for (const guardian of guardiansOf(name)) process.kill(guardian, "SIGKILL");

    const listed = await throwaway(["list"]);
    expect([listed.code, listed.stdout]).toEqual([
      2,
      expect.stringMatching(`throwaway-${name} +left behind`),
    ]);
    const down = await throwaway(["down", name]);
    expect(down.code, down.stderr).toBe(0);
    expect(await remainsOf(`throwaway-${name}`)).toEqual([]);
  });

  it("removes a stack when its time is over", async () => {
    const name = newName();
    // It fails at the preflight, and stays for a look.
    const up = await throwaway(["up", "--name", name, "--ttl", "20s", "--set", "mlops:dynoType=none"]);
    expect([up.code, up.stdout]).toEqual([1, expect.stringContaining("did not come up")]);
    await expect.poll(() => remainsOf(`throwaway-${name}`), { timeout: 90_000, interval: 1000 }).toEqual([]);
  });

  it("is found and removed where its register is gone, too", async () => {
    const name = newName();
    const up = await throwaway(["up", "--name", name, "--set", "mlops:dynoType=none"]);
    expect(up.stdout).toContain("did not come up");
    const { folder, guardian } = recordOf(name);
    process.kill(guardian.pid, "SIGKILL");
    await rm(recordFile(name));
    const listed = await throwaway(["list"]);
    expect([listed.code, listed.stdout]).toEqual([2, expect.stringContaining(`folder ${folder}`)]);
    const { findStrays, removeStrays } = await import("@tag-to-endpoint/throwaway/strays");
    const strays = await findStrays();
    const own = (text: string) => text.includes(`throwaway-${name}`);
    // Those of this test alone; `down --all` takes them all.
    await removeStrays({
      folders: strays.folders.filter(own),
      files: strays.files.filter(own),
      processesOf: strays.processesOf.filter(own),
      sandboxes: [],
    });
    expect(await remainsOf(`throwaway-${name}`)).toEqual([]);
  });
});

/** The guardian of a stack, also one that the register does not have yet. */
function guardiansOf(name: string): number[] {
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid))
    .filter((pid) => {
      const words = orNothing(() => readFileSync(`/proc/${pid}/cmdline`, "utf8")).split("\0");
      return words.includes(`throwaway-${name}`) && words.some((one) => one.endsWith("/guardian/main.ts"));
    })
    .map(Number);
}

function orNothing(look: () => string): string {
  try {
    return look();
  } catch {
    return "";
  }
}
