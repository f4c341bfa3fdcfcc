/**
 * No moment without protection: every request that brings an environment up, changes its rules, rotates its
 * credentials and removes it is recorded, and what GitLab and Heroku have come to is looked at after each of them.
 */

import { approve, gitlab, pulumi } from "@tag-to-endpoint/journey";
import { type RequestRecord, readRequests } from "@tag-to-endpoint/sandbox";
import { type ThrowawayStack, throwawayStack } from "@tag-to-endpoint/throwaway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apply, DEVELOPER, emptyWorld, MAINTAINER, replay } from "../support/prefixes.ts";
import { rotate } from "../support/rotate.ts";

const world = emptyWorld();
const usual = { tag: MAINTAINER, push: MAINTAINER, merge: MAINTAINER };
const wider = { ...usual, tag: DEVELOPER, push: DEVELOPER };
let stack: ThrowawayStack;
let seen = 0;
/** The requests of the up from nothing, for the tests of the test. */
let first: RequestRecord[];

const run = (...args: string[]) => pulumi(stack.environment, "pulumi", args);
const up = () => run("up", "--yes", "--skip-preview");

/** The requests since the last call. */
function fresh(): RequestRecord[] {
  const all = readRequests(stack.sandbox.stateDir);
  const requests = all.slice(seen);
  seen = all.length;
  expect(requests.length).toBeGreaterThan(0);
  return requests;
}

/** Positions of the requests of a method whose path ends so. */
function positions(requests: readonly RequestRecord[], method: string, path: RegExp): number[] {
  return requests.flatMap((one, index) => (one.method === method && path.test(one.path) ? [index] : []));
}

beforeAll(async () => {
  stack = await throwawayStack({ recordsRequests: true });
}, 300_000);

afterAll(async () => stack?.remove(), 120_000);

describe("no prefix of the recorded requests leaves a credential unprotected", () => {
  it("when an environment comes up from nothing", async () => {
    await up();
    first = fresh();
    expect(replay(world, first, usual)).toEqual([]);
    expect([...world.projects.values()].map(({ variables }) => variables.size).sort()).toEqual([4, 4, 6]);
    expect(world.authorizations.size).toBe(1);
  });

  it("when rules become weaker; a variable never holds a token that is gone", async () => {
    await run("config", "set", "mlops:tagCreateAccessLevel", "developer");
    await run("config", "set", "mlops:branchPushAccessLevel", "developer");
    await approve(stack.environment);
    await up();
    const requests = fresh();
    expect(positions(requests, "DELETE", /\/protected_tags\/v\*$/).length).toBe(3);
    // The server's token has the level that may push, so it is replaced too.
    const handedOver = positions(requests, "PUT", /\/variables\/MLSERVER_REPO$/);
    const revoked = positions(requests, "DELETE", /\/access_tokens\/\d+$/);
    expect([handedOver.length, revoked.length]).toEqual([2, 2]);
    expect(Math.max(...handedOver)).toBeLessThan(Math.min(...revoked));
    expect(replay(world, requests, wider)).toEqual([]);
  });

  it("when nobody may create tags any more, and when the usual rules come back", async () => {
    await run("config", "rm", "mlops:branchPushAccessLevel");
    await run("config", "set", "mlops:tagCreateAccessLevel", "no one");
    // The server's token gets the higher level back that may push now.
    await approve(stack.environment);
    await up();
    expect(replay(world, fresh(), wider)).toEqual([]);
    await run("config", "rm", "mlops:tagCreateAccessLevel");
    await approve(stack.environment);
    await up();
    expect(replay(world, fresh(), usual)).toEqual([]);
  });

  it("when credentials are rotated: made, handed over, and only then revoked", async () => {
    await rotate(stack.environment);
    const requests = fresh();
    expect(replay(world, requests, usual)).toEqual([]);
    const [made, handedOver, revoked] = [
      positions(requests, "POST", /\/access_tokens$/),
      positions(requests, "PUT", /\/variables\/MLSERVER_REPO$/),
      positions(requests, "DELETE", /\/access_tokens\/\d+$/),
    ];
    expect([made.length, handedOver.length, revoked.length]).toEqual([2, 2, 2]);
    expect(Math.max(...made, ...handedOver)).toBeLessThan(Math.min(...revoked));
    const heroku = [
      positions(requests, "POST", /^\/oauth\/authorizations$/),
      positions(requests, "PUT", /\/variables\/HEROKU_API_KEY$/),
      positions(requests, "DELETE", /^\/oauth\/authorizations\/.+/),
    ].flat();
    expect(heroku.length).toBe(3);
    expect(heroku).toEqual(heroku.toSorted((a, b) => a - b));
  });

  it("with rules in the end that GitLab has too", async () => {
    const api = gitlab(stack.environment);
    for (const [id, { tags, branches }] of world.projects) {
      const level = (levels: unknown) => (levels as Array<{ access_level: number }>)[0]?.access_level;
      const rules = await api.ProtectedTags.all(id);
      expect(rules.map((rule) => [rule.name, level(rule.create_access_levels)]).sort()).toEqual(
        [...tags].sort(),
      );
      const protectedBranches = await api.ProtectedBranches.all(id);
      expect(protectedBranches.map((rule) => [rule.name, level(rule.push_access_levels)])).toEqual(
        [...branches].map(([name, { push }]) => [name, push]),
      );
    }
  });

  it("when it is removed", async () => {
    await run("destroy", "--yes", "--skip-preview");
    expect(replay(world, fresh(), usual)).toEqual([]);
    expect([world.projects.size, world.authorizations.size]).toEqual([0, 0]);
  });
});

describe("a gap would be found", () => {
  const without = (path: RegExp, name = "") =>
    first.filter((one) => !(path.test(one.path) && (name === "" || one.answer.name === name)));

  it("where the rules come too late", () => {
    const late = [
      ...without(/protected_tags/),
      ...first.filter(({ path }) => path.includes("protected_tags")),
    ];
    expect(replay(emptyWorld(), late, usual).join("\n")).toMatch(
      /access_tokens: root\/mlserver: tag v1\.0\.0: no rule/,
    );
  });

  it("where a rule is replaced without its guard", () => {
    const unguarded = emptyWorld();
    for (const request of without(/protected_tags/, "v**")) apply(unguarded, request);
    const [id] = unguarded.projects.keys();
    const removal = { method: "DELETE", path: `/api/v4/projects/${id}/protected_tags/v*`, status: 204 };
    const request = { service: "gitlab", ...removal, body: {}, answer: {} };
    expect(replay(unguarded, [request], usual).join("\n")).toMatch(/tag v9: no rule/);
  });

  it("where a variable is not protected, and where a Developer may push", () => {
    const open = first.map((one) => {
      const answer = one.answer.key === "HEROKU_API_KEY" ? { ...one.answer, protected: false } : one.answer;
      return { ...one, answer };
    });
    expect(replay(emptyWorld(), open, usual).join("\n")).toContain("HEROKU_API_KEY is not protected");
    const strict = { ...usual, push: MAINTAINER + 1 };
    expect(replay(emptyWorld(), first, strict).join("\n")).toMatch(/push to main: role 40 may/);
  });
});
