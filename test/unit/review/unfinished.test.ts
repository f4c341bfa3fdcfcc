/** What an update that failed was allowed to do needs no other approval; anything else does. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { endUpdate, readUnfinished } from "../../../lib/consent/unfinished.ts";
import type { Step } from "../../../lib/pulumi/preview.ts";
import { UNKNOWN } from "../../../lib/pulumi/values.ts";
import { beginUpdate, isRestOf } from "../../../operations/review/unfinished.ts";
import { access, changed, created, deleted, judge, project, SECRET } from "./steps.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "tag-to-endpoint-unfinished-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const tag = (createAccessLevel: string) => ({ tag: "v*", createAccessLevel });
const loosened = changed("tag", tag("maintainer"), tag("developer"), { op: "replace" });
const token = (more = {}) =>
  created("token", { ...access, accessLevel: "maintainer", value: SECRET, ...more });

/** Whether steps are the rest of an update that was allowed to take other ones. */
function isRest(allowed: Step[], rest: Step[]): boolean {
  beginUpdate(root, "dev", { isFirst: false, changes: judge(project("same"), ...allowed).changes });
  const judged = judge(project("same"), ...rest);
  expect(judged.weaker, "a case of this test needs an approval").toBe(true);
  return isRestOf(readUnfinished(root, "dev") ?? { allowed: [] }, judged);
}

it.each<[string, Step[], Step[], boolean]>([
  ["the same change again", [loosened], [loosened], true],
  ["the rule, deleted, made as wanted", [loosened], [created("tag", tag("developer"))], true],
  ["the rule made in another way", [loosened], [created("tag", tag("guest"))], false],
  [
    "a loose rule, deleted, put back as it was",
    [changed("tag", tag("developer"), tag("guest"), { op: "replace" })],
    [created("tag", tag("developer"))],
    true,
  ],
  [
    "a rule that was made stronger, loosened again",
    [changed("tag", tag("developer"), tag("maintainer"))],
    [changed("tag", tag("maintainer"), tag("developer"))],
    false,
  ],
  ["a credential that is still to be made", [token()], [token()], true],
  ["with what is known now", [token({ name: UNKNOWN })], [token()], true],
  ["with another scope", [token({ scopes: ["read"] })], [token({ scopes: ["api"] })], false],
  ["with one change more", [token()], [token(), deleted("branch", { branch: "main" })], false],
  [
    "what was deleted already",
    [deleted("branch", { branch: "main" })],
    [deleted("branch", { branch: "main" })],
    true,
  ],
  ["the deletion of what was to be changed", [loosened], [deleted("tag", tag("maintainer"))], false],
  ["the deletion of what was to be kept", [token()], [deleted("tag", tag("maintainer"))], false],
])("%s", (_, allowed, rest, wanted) => {
  expect(isRest(allowed, rest)).toBe(wanted);
});

it("keeps what all tries were allowed to do, until one succeeds", () => {
  const begin = (...steps: Step[]) =>
    beginUpdate(root, "dev", { isFirst: false, changes: judge(project("same"), ...steps).changes });
  begin(loosened);
  const { startedAt } = readUnfinished(root, "dev") ?? {};
  begin(token());
  begin(token());
  expect(readUnfinished(root, "dev")).toMatchObject({
    startedAt,
    allowed: [{ op: "replace" }, { op: "create" }],
  });
  expect(
    isRestOf(readUnfinished(root, "dev") ?? { allowed: [] }, judge(project("same"), loosened, token())),
  ).toBe(true);
  endUpdate(root, "dev");
  expect(readUnfinished(root, "dev")).toBeUndefined();
});

it("remembers that the stack never came up, and which approvals were used", () => {
  beginUpdate(root, "dev", { isFirst: true, changes: [] });
  beginUpdate(root, "dev", { isFirst: false, changes: [], approval: "f1" });
  beginUpdate(root, "dev", { isFirst: false, changes: [] });
  expect(readUnfinished(root, "dev")).toMatchObject({ isFirst: true, approvals: ["f1"] });
});

it("the first update of an empty stack, which nothing was reviewed of, may go on making things, and change none", () => {
  beginUpdate(root, "dev", { isFirst: true, changes: [] });
  const isAllowed = (...rest: Step[]) =>
    isRestOf(readUnfinished(root, "dev") ?? { allowed: [] }, judge(project("same"), ...rest));
  expect(isAllowed(token())).toBe(true);
  expect(isAllowed(loosened)).toBe(false);
  expect(isAllowed(token(), loosened)).toBe(false);
});

it("what an approval allowed ends with it, and holds again with another one", () => {
  const begin = (hours: number) =>
    beginUpdate(root, "dev", {
      isFirst: false,
      changes: judge(project("same"), token()).changes,
      approval: "f1",
      validUntil: new Date(Date.now() + hours * 3_600_000).toISOString(),
    });
  const isAllowed = () =>
    isRestOf(readUnfinished(root, "dev") ?? { allowed: [] }, judge(project("same"), token()));
  begin(1);
  expect(isAllowed()).toBe(true);
  begin(-1);
  expect(isAllowed()).toBe(false);
  begin(1);
  expect(isAllowed()).toBe(true);
  expect(readUnfinished(root, "dev")?.allowed).toHaveLength(1);
});

it("keeps no secret", () => {
  beginUpdate(root, "dev", { isFirst: false, changes: judge(project("same"), token()).changes });
  expect(readUnfinished(root, "dev")?.allowed[0]?.after).toMatchObject({ value: SECRET });
});
