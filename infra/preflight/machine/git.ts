import { type Check, ok, problem, type Verdict } from "../check.ts";
import { reasonOf } from "../surroundings.ts";
import type { Machine } from "./machine.ts";

export const gitChecks: ReadonlyArray<Check<Machine>> = [{ name: "git", setting: "git", look: checkGit }];

/** Seeds and releases need git; were it missing, that would show half-way. */
async function checkGit({ world }: Machine): Promise<Verdict> {
  try {
    const told = await world.run("git", "--version");
    return ok(told.trim().replace(/^git version /, "version "));
  } catch (error) {
    return problem({
      found: reasonOf(error),
      allowed: "git on PATH",
      fix: "install it: apt-get install git",
    });
  }
}
