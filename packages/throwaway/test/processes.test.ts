import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { isRunning, trackedOf } from "@tag-to-endpoint/sandbox";
import { expect, it, onTestFinished } from "vitest";
import { CLIENT_MARK, endMarked, markedProcesses } from "../src/processes.ts";

const folderOf = () => `/nowhere/${randomBytes(6).toString("hex")}`;
const waiting = "setInterval(() => {}, 1000); process.stdout.write(String(process.pid) + '\\n')";

/** A process with a mark whose parent, which had it too, was killed. */
async function orphan(folder: string): Promise<number> {
  const script = `
    const { spawn } = require("node:child_process");
    spawn(process.execPath, ["-e", ${JSON.stringify(waiting)}], { stdio: ["ignore", "inherit", "ignore"], detached: true });
    setInterval(() => {}, 1000);
  `;
  const parent = spawn(process.execPath, ["-e", script], {
    env: { ...process.env, [CLIENT_MARK]: folder },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [said] = (await once(parent.stdout, "data")) as [Buffer];
  const ended = once(parent, "exit");
  parent.kill("SIGKILL");
  await ended;
  parent.stdout.destroy();
  return Number(said.toString());
}

it("finds and ends the processes of a stack that nobody knows any more, and no other's", async () => {
  const [folder, other] = [folderOf(), folderOf()];
  const [own, others] = await Promise.all([orphan(folder), orphan(other)]);
  const [ownTracked, othersTracked] = [trackedOf(own), trackedOf(others)];
  onTestFinished(async () => void (await endMarked(CLIENT_MARK, other)));
  expect(markedProcesses(CLIENT_MARK).map((one) => one.pid)).toEqual(expect.arrayContaining([own, others]));
  expect(await endMarked(CLIENT_MARK, folder)).toBe(1);
  expect([isRunning(ownTracked), isRunning(othersTracked)]).toEqual([false, true]);
});

it("spares the process that asks and those that it stems from", async () => {
  const folder = folderOf();
  // The asking process and its parent both carry the mark, as in `exec demo -- npm run throwaway -- down demo`.
  const asking = `
    import { endMarked } from "./packages/throwaway/src/processes.ts";
    process.stdout.write(String(await endMarked(${JSON.stringify(CLIENT_MARK)}, ${JSON.stringify(folder)})));
  `;
  const parent = spawn(
    "sh",
    ["-c", `"$0" --input-type=module --eval "$1"; echo " $?"`, process.execPath, asking],
    { env: { ...process.env, [CLIENT_MARK]: folder }, stdio: ["ignore", "pipe", "inherit"] },
  );
  let said = "";
  parent.stdout.on("data", (part: Buffer) => {
    said += part.toString();
  });
  const [code] = await once(parent, "close");
  expect([said.trim(), code]).toEqual(["0 0", 0]);
});
