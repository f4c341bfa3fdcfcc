/** The benches of faults and crashes: what is tried, what is compared, and how it is judged. */
import { describe, expect, it } from "vitest";
import { type Call, callsOf, patternOf, type ServiceName } from "../src/faults/calls.ts";
import {
  casesOf,
  crashesOf,
  inTurn,
  isWanted,
  sample,
  together,
  victims,
  wordsOfCase,
  wordsOfCrash,
} from "../src/faults/cases.ts";
import {
  type Checkpoint,
  differences,
  type GitLabContents,
  inventoryOfServices,
  inventoryOfState,
} from "../src/faults/inventory.ts";
import { type Ended, type Outcome, problemsOf } from "../src/faults/judge.ts";
import { type KindName, kindNames, kindOf } from "../src/faults/kinds.ts";
import { faultReport, type Result } from "../src/faults/report.ts";

const call = (given: Partial<Call>): Call => ({
  service: "gitlab",
  method: "POST",
  path: "/projects",
  count: 1,
  place: 1,
  ...given,
});

describe("calls", () => {
  it.each<[ServiceName, string, string]>([
    ["gitlab", "/projects", "/projects"],
    ["gitlab", "/projects/root%2Fmlserver", "/projects/:id"],
    ["gitlab", "/projects/7/variables/HEROKU_APP", "/projects/:id/variables/:id"],
    ["gitlab", "/projects/7/protected_tags/v%2A", "/projects/:id/protected_tags/:id"],
    ["gitlab", "/version", "/version"],
    ["heroku", "/apps/sandbox-mlserver/config-vars", "/apps/:id/config-vars"],
    ["heroku", "/oauth/authorizations/0a-1b", "/oauth/authorizations/:id"],
    ["git", "/root/mlserver.git/info/refs", "/**.git/info/refs"],
    ["gitlab-registry", "/v2/", "/v2/"],
    ["gitlab-registry", "/v2/root/mlserver/runtime/blobs/sha256:0a", "/v2/**/blobs/*"],
    ["gitlab-registry", "/v2/root/mlserver/runtime/blobs/uploads/", "/v2/**/blobs/uploads/"],
    ["gitlab-registry", "/v2/root/mlserver/runtime/blobs/uploads/0a-1b", "/v2/**/blobs/uploads/*"],
    ["heroku-registry", "/v2/sandbox-mlserver/web/manifests/latest", "/v2/**/manifests/*"],
  ])("of %s: %s is %s", (service, path, pattern) => {
    expect(patternOf(service, path)).toBe(pattern);
  });

  it("are counted by kind, and know their place among the changing ones", () => {
    const hits = [
      "GET /version",
      "POST /projects",
      "POST /projects/1/variables",
      "POST /projects/2/variables",
    ];
    const report = {
      fault: "slow",
      seconds: 0,
      service: "gitlab",
      nth: 1,
      times: "always",
      id: 1,
      matched: 4,
    } as const;
    expect(callsOf([{ ...report, hits }])).toEqual([
      call({ method: "GET", path: "/version", place: 1 }),
      call({ place: 1 }),
      call({ path: "/projects/:id/variables", count: 2, place: 2 }),
    ]);
  });
});

describe("cases", () => {
  const calls = [
    call({}),
    call({ path: "/projects/:id/variables", count: 7 }),
    call({ method: "GET", path: "/version" }),
  ];
  const wanted: KindName[] = ["429", "500", "reset-after"];

  it("are every fault at every call", () => {
    const words = casesOf("up", calls, wanted).flat().map(wordsOfCase);
    expect(new Set(words).size).toBe(9);
  });

  it("begin with each call once, the faults in turn", () => {
    const [first = []] = casesOf("up", calls, wanted);
    expect(first.map(({ call: { path }, kind }) => [path, kind])).toEqual([
      ["/projects", "429"],
      ["/projects/:id/variables", "500"],
      ["/version", "reset-after"],
    ]);
  });

  it("meet the first, a middle and the last of several calls", () => {
    const turns = casesOf("up", calls, wanted)
      .flat()
      .filter(({ call: { count } }) => count === 7);
    expect(turns.map(({ kind, nth }) => [kind, nth]).sort()).toEqual([
      ["429", 1],
      ["500", 4],
      ["reset-after", 7],
    ]);
  });

  it.each<[KindName, Partial<Call>, boolean]>([
    ["registry-upload", {}, false],
    ["registry-upload", { service: "gitlab-registry", method: "PATCH" }, true],
    ["disk-full", {}, true],
    ["disk-full", { method: "GET" }, false],
    ["clock-skew", { service: "git" }, false],
    ["502", { service: "git" }, true],
  ])("%s at %o: %s", (kind, given, fits) => {
    expect(kindOf(kind).fits(call(given))).toBe(fits);
  });

  it.each([
    [undefined, [0, 1, 2, 3, 4, 5, 6]],
    [9, [0, 1, 2, 3, 4, 5, 6]],
    [5, [0, 1, 2, 3, 4]],
    [6, [0, 1, 2, 3, 4, 5]],
    [2, [0, 2]],
    [1, [0]],
  ])("a sample of %s takes whole rounds first", (count, chosen) => {
    const rounds = [[0, 1, 2, 3], [4, 5], [], [6]];
    expect(sample(rounds, count)).toEqual(chosen);
  });

  it("of several operations have their rounds together", () => {
    expect(together([[["up 1"], ["up 2"]], [["destroy 1"]]])).toEqual([["up 1", "destroy 1"], ["up 2"]]);
  });

  it("of all operations take turns", () => {
    const [up, other, last] = [
      { operation: "up" },
      { operation: "up", is: "other" },
      { operation: "destroy" },
    ];
    expect(inTurn([up, other, last])).toEqual([up, last, other]);
    expect(inTurn([])).toEqual([]);
  });

  it.each([
    [undefined, true],
    ["destroy", false],
    ["up /projects", true],
    ["up /apps", false],
    ["destroy | POST", true],
    ["POST", true],
  ])("--only %s: %s", (only, isAmong) => {
    expect(isWanted("up, 429 at gitlab POST /projects", only)).toBe(isAmong);
  });

  it("of crashes are each process at each changing request", () => {
    const crashes = crashesOf("destroy", calls).flat();
    expect(new Set(crashes.map(wordsOfCrash)).size).toBe(8 * victims.length);
    expect(new Set(crashes.slice(0, 8).map(({ victim }) => victim)).size).toBe(8);
  });
});

describe("inventory", () => {
  const checkpoint = (...resources: object[]) => ({ checkpoint: { latest: { resources } } }) as Checkpoint;
  const nothing: GitLabContents = {
    projects: [],
    variables: [],
    tokens: [],
    protectedTags: [],
    protectedBranches: [],
    deployKeys: [],
    runners: [],
  };

  it("of a state and of the services have the same words", () => {
    const known = inventoryOfState(
      checkpoint(
        { type: "gitlab:index/project:Project", id: "3" },
        { type: "gitlab:index/projectVariable:ProjectVariable", id: "3:KEY:*" },
        { type: "gitlab:index/projectAccessToken:ProjectAccessToken", id: "3:8" },
        { type: "gitlab:index/tagProtection:TagProtection", id: "3:v*" },
        { type: "heroku:app/app:App", id: "0a", outputs: { name: "mlserver" } },
        {
          type: "command:local:Command",
          id: "x",
          inputs: { create: "node infra/commands/heroku-authorization.ts create" },
        },
        { type: "mlops:index:CiVariables" },
      ),
    );
    const token = { projectId: 3, jobId: null, revoked: false };
    const gitlab = {
      ...nothing,
      projects: [{ id: 3 }, { id: 4, markedForDeletionOn: "2026-01-01" }],
      variables: [
        { owner: { kind: "project", id: 3 }, key: "KEY", scope: "*" },
        { owner: { kind: "project", id: 4 }, key: "KEY", scope: "*" },
        { owner: null, key: "INSTANCE", scope: "*" },
      ],
      tokens: [
        { ...token, id: 8 },
        { ...token, id: 9, revoked: true },
        { ...token, id: 1, projectId: null },
        { ...token, id: 10, jobId: 5 },
      ],
      protectedTags: [{ projectId: 3, name: "v*" }],
      runners: [{ id: 1, type: "instance_type" }],
    };
    const heroku = {
      apps: { a: { name: "mlserver" } },
      authorizations: { a: { description: "API key" }, b: { description: "Pipelines of root/mlserver" } },
    };
    expect(differences(known, inventoryOfServices(gitlab, heroku))).toEqual([]);
  });

  it.each([
    [["app a"], ["app a", "project 3"], ["project 3 is at the service and not in the state"]],
    [
      ["authorization"],
      ["authorization", "authorization"],
      ["authorization is at the service and not in the state"],
    ],
    [["variable 3:K:*"], [], ["variable 3:K:* is in the state and not at the service"]],
  ])("%o beside %o", (known, found, expected) => {
    expect(differences(known, found)).toEqual(expected);
  });
});

describe("a case", () => {
  const done: Ended = { code: 0, text: "" };
  const failed: Ended = { code: 1, text: "error: 503 Service Unavailable. Run this again in a few minutes." };
  const cause = kindOf("503").cause;
  const secret = "canary-of-a-secret";
  const good: Outcome = { hits: 1, first: failed, second: done, preview: done, differences: [], left: [] };

  it.each<[string, Partial<Outcome>, RegExp | undefined]>([
    ["the next command mends it", {}, undefined],
    ["it goes through", { first: done, second: done }, undefined],
    ["the next fails", { second: failed }, /^the next command failed \(1\): error: 503/],
    ["it does not end", { second: { code: undefined, text: "" } }, /^a command did not end$/],
    ["an approval", { second: { code: 2, text: "This would weaken what" } }, /^an approval was asked for$/],
    ["a change is left", { preview: failed }, /^the preview is not empty/],
    [
      "no cause",
      { first: { code: 1, text: "error: oh. Fix: x" } },
      /^the error does not name its cause: error: oh/,
    ],
    [
      "no advice",
      { first: { code: 1, text: "error: 503" } },
      /^the error does not say what to do: error: 503/,
    ],
    ["a secret", { preview: { code: 0, text: `x${secret}` } }, /^a credential was printed$/],
    [
      "a token by its form",
      { preview: { code: 0, text: "glpat-0123456789abcdef" } },
      /^a credential was printed$/,
    ],
    [
      "in base64",
      { preview: { code: 0, text: Buffer.from(secret).toString("base64") } },
      /^a credential was printed$/,
    ],
    ["something left", { left: ["a lock is left"] }, /^a lock is left$/],
  ])("%s", (_, given, problem) => {
    const found = problemsOf({ ...good, ...given }, { cause, secrets: [secret] });
    if (problem === undefined) expect(found).toEqual([]);
    else expect(found).toEqual(expect.arrayContaining([expect.stringMatching(problem)]));
  });

  it("of which nobody was left to say anything needs no words", () => {
    expect(problemsOf({ ...good, first: { code: 137, text: "" } }, { secrets: [secret] })).toEqual([]);
  });
});

it("every fault names a cause that is not that of all", () => {
  for (const name of kindNames) expect("exit status 1", name).not.toMatch(kindOf(name).cause);
});

it("the report has a table, each failure and totals", () => {
  const result = (given: Partial<Result>): Result => ({
    operation: "up",
    kind: "500",
    words: "up, 500 at gitlab POST /projects",
    isMet: true,
    wentThrough: true,
    problems: [],
    seconds: 1,
    ...given,
  });
  const text = faultReport([
    result({}),
    result({ operation: "destroy" }),
    result({ kind: "503", wentThrough: false, words: "up, 503", problems: ["a lock is left"] }),
    result({ kind: "503", operation: "destroy", isMet: false }),
  ]);
  expect(text).toBe(`passed      up  destroy
------  ------  -------
500          1        1
503     0 of 1        -

up, 503
  a lock is left

2 of 3 commands went through by themselves; the others were run again.
1 did not meet what was to go wrong, and do not count.
2 passed, 1 failed`);
});
