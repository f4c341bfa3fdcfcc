/** Generations of credentials: names, ends, and where a rotation goes on. */
import { describe, expect, it } from "vitest";
import { guardPattern } from "../../infra/components/gitlab/ref-protection.ts";
import { herokuWarningDays } from "../../infra/components/heroku/authorization.ts";
import {
  dayAfter,
  daysUntil,
  expiryWarning,
  generationDescription,
  generationName,
  newest,
} from "../../lib/credentials/generations.ts";
import type { Review } from "../../operations/review/judge.ts";
import { nextGenerations, phaseOf, presentGenerations } from "../../operations/rotation/rotation.ts";
import { refusalOf } from "../../operations/rotation/trial.ts";
import { otherUpdatesEnd } from "../../operations/rotation/turn.ts";
import { type CredentialStatus, warningsOf } from "../../operations/status/status.ts";
import { configWith } from "../support/program.ts";
import { deleted, judge, project } from "./review/steps.ts";

const now = Date.parse("2026-03-01T12:00:00Z");

describe("a generation", () => {
  it("keeps the plain name where it is the first", () => {
    expect([1, 2, 10].map((generation) => generationName("a-access", generation))).toEqual([
      "a-access",
      "a-access-2",
      "a-access-10",
    ]);
    expect([1, 2].map((generation) => generationDescription("Pushes", generation))).toEqual([
      "Pushes",
      "Pushes, generation 2",
    ]);
  });

  it("is used where it is the last, and all are made", () => {
    const made: number[] = [];
    expect(newest([3, 4], (generation) => made.push(generation))).toBe(2);
    expect(made).toEqual([3, 4]);
    expect(() => newest([], String)).toThrow("at least one generation");
  });
});

describe("the end of a credential", () => {
  it("is counted in whole days of UTC", () => {
    expect(dayAfter(90, now)).toBe("2026-05-30");
    expect(daysUntil("2026-03-02", now)).toBe(0);
    expect(daysUntil("2026-03-31", now)).toBe(29);
    expect(daysUntil("2026-02-28", now)).toBe(-2);
    expect(() => daysUntil("soon", now)).toThrow('"soon" is no date');
  });

  it("is told with what to do", () => {
    expect(expiryWarning("The token", "2026-03-12", "gitlab", now)).toBe(
      "The token expires in 10 days (2026-03-12). Replace it: npm run rotate -- --only gitlab",
    );
    expect(expiryWarning("The token", "2026-02-12T10:00:00Z", "heroku", now)).toBe(
      "The token has expired (2026-02-12). Replace it: npm run rotate -- --only heroku",
    );
  });

  it("is near within 30 days, or a third of a short life", () => {
    expect([365, 90, 30, 2].map(herokuWarningDays)).toEqual([30, 30, 10, 0]);
  });

  it("is warned of for the generation in use, and for every one that is gone", () => {
    const credential: CredentialStatus = {
      issuer: "gitlab",
      what: "Token",
      generation: 2,
      inUse: true,
      warnDays: 30,
      end: "2026-04-02",
    };
    const { end, ...gone } = credential;
    const warnings = (...credentials: CredentialStatus[]) =>
      warningsOf({ stack: "s", addresses: {}, models: [], credentials }, now);
    expect(warnings(credential)).toEqual([]);
    expect(warnings({ ...credential, end: "2026-03-31" })).toEqual([
      "Token expires in 29 days (2026-03-31). Replace it: npm run rotate -- --only gitlab",
    ]);
    expect(warnings({ ...credential, end: "2026-03-31", inUse: false })).toEqual([]);
    expect(warnings({ ...gone, inUse: false })).toEqual([
      "Token is missing or revoked. Replace it: npm run rotate -- --only gitlab",
    ]);
  });
});

describe("a rotation", () => {
  it.each([
    [[1], [1], "start"],
    [[1, 2], [1], "resume"],
    [[1, 2], [1, 2], "resume"],
    [[2], [1, 2], "finish"],
    [[2], [2], "start"],
    // Before the first update.
    [[1], [], "start"],
    // Settings that somebody put back half-way: the old one is still the one to be replaced.
    [[1], [1, 2], "again"],
    [[1], [2], "again"],
  ] as const)("with settings %j and state %j is to %s", (wanted, present, step) => {
    expect(phaseOf(wanted, present)).toBe(step);
  });

  it.each([
    [[1], [1], [1, 2]],
    [[1], [1, 2], [1, 3]],
    [[4], [], [4, 5]],
  ])("settings %j and state %j go on with %j", (wanted, present, next) => {
    expect(nextGenerations(wanted, present)).toEqual(next);
  });

  it("finds the generations in the state, whatever the models are called", () => {
    const token = "mlops:index:WriteAccess$gitlab:index/projectAccessToken:ProjectAccessToken";
    const urn = (type: string, name: string) => ({ urn: `urn:pulumi:dev::mlops::${type}::${name}` });
    const resources = [
      urn(`mlops:index:ModelProject$${token}`, "iris-access-2"),
      urn(`mlops:index:ModelProject$${token}`, "iris-access-10"),
      // The first generation of a model of that name.
      urn(`mlops:index:ModelProject$${token}`, "iris-access-3-access"),
      urn("mlops:index:ModelServer$mlops:index:HerokuAuthorization$command:local:Command", "mlserver-deploy"),
      urn("mlops:index:ModelServer$mlops:index:HerokuRelease$command:local:Command", "mlserver-release"),
    ];
    const models = ["iris", "iris-access-3"].map((name) => ({ name, template: "iris" }));
    expect(presentGenerations(JSON.stringify({ deployment: { resources } }), configWith({ models }))).toEqual(
      {
        gitlab: [1, 2, 10],
        heroku: [1],
      },
    );
    const key = "mlops:index:ModelServer$mlops:index:DeployKeys$gitlab:index/deployKey:DeployKey";
    const keys = [
      urn(key, "iris-access"),
      urn(key, "iris-access-2"),
      urn("mlops:index:ModelServer$mlops:index:DeployKeys$command:local:Command", "iris-access-pair-3"),
    ];
    const config = configWith({ models, writeAccess: "deployKey" });
    const state = JSON.stringify({ deployment: { resources: [...resources, ...keys] } });
    expect(presentGenerations(state, config)).toEqual({ gitlab: [1, 2], heroku: [1] });
    expect(presentGenerations('{"deployment":{}}', configWith())).toEqual({ gitlab: [], heroku: [] });
  });
});

describe("the guard of a tag rule", () => {
  it("has another name for the very same tags", () => {
    expect(["v*", "*-v*", "v**", "release"].map(guardPattern)).toEqual(["v**", "**-v**", "v***", undefined]);
  });
});

describe("while another Pulumi works on the stack", () => {
  /** Waits with locks that are there for some looks, and gives what was said. */
  async function wait(looks: string[][], waitMinutes: number): Promise<string[]> {
    const said: string[] = [];
    const patience = { waitMinutes, pollSeconds: 0, say: (line: string) => said.push(line) };
    await otherUpdatesEnd("dev", patience, () => looks.shift() ?? []);
    return said;
  }

  it("a rotation waits, and says for what once", async () => {
    expect(await wait([[]], 1)).toEqual([]);
    expect(await wait([["the lock of process 7"], ["the lock of process 7"], []], 1)).toEqual([
      "Another Pulumi works on the stack; waiting for its end: the lock of process 7",
    ]);
  });

  it("it ends when the time is up, and says how to go on", async () => {
    await expect(wait([["a"], ["a"], ["a"]], -1)).rejects.toThrow(
      /^Another Pulumi still works on the stack after -1 minutes: a\nNothing was changed by this rotation/,
    );
  });
});

describe("before the settings are written", () => {
  it.each<[string, Review, RegExp | undefined]>([
    ["what nobody has to decide on passes", judge(project("same")), undefined],
    [
      "one that a review would refuse does not",
      judge(project("same"), deleted("branch", { branch: "main" })),
      /^The new generation would allow more, or live longer.*no setting was written\.\nWEAKER/,
    ],
    [
      "nor one that the policy refuses",
      { ...judge(project("same")), refusals: [["access-token-expiry of token", "found:   expires at 2099"]] },
      /^The policy refuses the new generation; no setting was written\.\n.*\n {2}access-token-expiry of token\n {4}found/s,
    ],
  ])("%s", (_, judged, said) => {
    expect(refusalOf(judged) ?? "").toMatch(said ?? /^$/);
  });
});
