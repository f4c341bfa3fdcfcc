/**
 * An app that was deleted outside, and one that could not be renamed: the provider says an error, or nothing at all, and
 * the commands of this repository lead out of it.
 */
import { pulumi } from "@tag-to-endpoint/journey";
import { type ThrowawayStack, throwawayStack } from "@tag-to-endpoint/throwaway";
import { afterAll, beforeAll, expect, it } from "vitest";
import { accountsOf } from "../support/accounts.ts";
import { driftOf } from "../support/drift-report.ts";
import { stackCommand } from "../support/stack-command.ts";
import { APP } from "./drift-cases.ts";

let stack: ThrowawayStack;
const shell = (line: string) => stackCommand(stack.environment, "sh", ["-c", line]);
const heroku = (method: string, path: string, body?: object) =>
  accountsOf(stack.environment).heroku(method, path, body);

const drift = async () => (await driftOf(stack.environment)).report;

beforeAll(async () => {
  stack = await throwawayStack();
  await pulumi(stack.environment, "pulumi", ["up", "--yes", "--skip-preview"]);
}, 600_000);
afterAll(async () => stack?.remove(), 120_000);

it("drift tells that the app is gone, and its command brings it back with its release", async () => {
  await heroku("DELETE", `/apps/${APP}`);
  const { drift: told } = await drift();
  expect(told).toMatchObject([{ noun: "app", name: APP, what: "deleted" }]);
  const { code, stderr } = await shell(`${told[0]?.restore} --yes --skip-preview --non-interactive`);
  expect(code, stderr).toBe(0);
  expect(await drift()).toMatchObject({ drifted: false });
});

it("an update that refreshes says where the way out is", async () => {
  await heroku("DELETE", `/apps/${APP}`);
  const { code, stderr } = await shell("pulumi up --yes --refresh --non-interactive");
  expect(code).toBe(1);
  expect(stderr).toContain("An app of the stack was deleted outside. Fix: npm run drift shows the command");
});

it("destroy removes the rest", async () => {
  const { code, stdout, stderr } = await shell("pulumi destroy --yes --skip-preview --non-interactive");
  expect(code, stdout).toBe(0);
  expect(stderr).toContain("App mlserver was deleted outside the stack; it is dropped from the state first.");
});
