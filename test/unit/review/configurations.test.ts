/** Changed settings: whatever the program makes of them is told, or harmless for a reason that is on the list. */
import fc from "fast-check";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { StackConfig } from "../../../infra/config/config.ts";
import type { SettingName } from "../../../infra/config/settings.ts";
import { harmlessList } from "../../../lib/kinds/harmless.ts";
import { type Review, review } from "../../../operations/review/judge.ts";
import { grouped } from "../../../operations/review/words.ts";
import { answers, canaries, configWith, facts } from "../../support/program.ts";
import { type Registration, record } from "../../support/recorder.ts";
import { stepsBetween } from "./program.ts";

vi.mock("../../../infra/config/config.ts", async (original) => ({
  ...(await original<object>()),
  readConfig: () => config,
}));
vi.mock("../../../infra/preflight/preflight.ts", () => ({ preflight: async () => facts }));
vi.mock("../../../lib/gitlab/client.ts", () => ({
  imagePrefix: async () => "registry.gitlab.com/ml/mlserver",
}));

let config: StackConfig;
let runs = 0;

async function run(settings: Partial<StackConfig>): Promise<Registration[]> {
  config = configWith(settings);
  runs += 1;
  // The program anew, and what it imports only once.
  const program = `../../../infra/index.ts?run=${runs}`;
  return (await record(() => import(/* @vite-ignore */ program), answers)).resources;
}

interface Case {
  readonly to: Partial<StackConfig>;
  /** Whether it needs an approval: something in it is weaker or unknown. */
  readonly asks: boolean;
  /** A part of a line of the report. */
  readonly words?: string;
  /** Why a review has nothing to say of it. */
  readonly silent?: string;
}

const account = { gitlab: { url: "https://git.example/api/v4", token: canaries.gitlabToken } };
const models = [{ name: "iris-decision-tree" }, { name: "product-classifier" }] as const;
const withTemplate = (name: string) => ({ name, template: name });

/** One change of each setting. */
const cases: Readonly<Record<SettingName | "gitlab" | "heroku" | "aModelLess", Case>> = {
  gitlab: {
    to: account as Partial<StackConfig>,
    asks: true,
    words: "address: https://gitlab.com/api/v4 -> https://git.example",
  },
  heroku: {
    to: { heroku: { url: "https://api.evil.example", token: canaries.herokuKey } } as Partial<StackConfig>,
    asks: true,
    words: "another service gets the account's key",
  },
  // Projects move with the id of the group, which is looked up when the program starts: here by a mock.
  gitlabNamespace: { to: { gitlabNamespace: "other" }, asks: false, words: "Pipelines of other/mlserver" },
  serverProjectName: { to: { serverProjectName: "other" }, asks: true, words: "path: mlserver -> other" },
  visibility: { to: { visibility: "public" }, asks: true, words: "visibility: private -> public" },
  defaultBranch: { to: { defaultBranch: "trunk" }, asks: true, words: "default branch: main -> trunk" },
  projectDeletion: {
    to: { projectDeletion: "permanent" },
    asks: true,
    words: "deleted at once and for good",
  },
  runner: { to: { runner: "project" }, asks: false, words: "new runner" },
  tagPattern: {
    to: { tagPattern: "*" },
    asks: true,
    words: "all of v* stays protected; more refs see the credentials",
  },
  tagCreateAccessLevel: {
    to: { tagCreateAccessLevel: "developer" },
    asks: true,
    words: "Maintainers -> Developers",
  },
  branchPushAccessLevel: { to: { branchPushAccessLevel: "developer" }, asks: true, words: "who may push" },
  branchMergeAccessLevel: { to: { branchMergeAccessLevel: "developer" }, asks: true, words: "who may merge" },
  mergeChecks: {
    to: { mergeChecks: "optional" },
    asks: true,
    words: "onlyAllowMergeIfPipelineSucceeds: yes -> no",
  },
  driftAccepted: {
    to: { driftAccepted: ["webhook 7 of root/mlserver: gets what happens"] },
    asks: false,
    silent: "what drift leaves out; nothing is made of it",
  },
  deployOn: { to: { deployOn: "everyCommit" }, asks: true, words: "branches * of" },
  writeAccess: {
    to: { writeAccess: "token", writeToken: "glpat-of-a-person-0123456789" },
    asks: true,
    words: "a credential that the stack does not make",
  },
  writeToken: {
    to: { writeToken: "glpat-of-a-person-0123456789" },
    asks: false,
    silent: "unused without `writeAccess` `token`",
  },
  gitlabSshKnownHosts: {
    to: { gitlabSshKnownHosts: "git.example ssh-ed25519 AAAA" },
    asks: false,
    silent: "unused without `writeAccess` `deployKey`",
  },
  accessTokenExpiryDays: {
    to: { accessTokenExpiryDays: 365 },
    asks: false,
    silent: "tokens that are there keep their end; a longer life is told at the next generation",
  },
  accessTokenRotateBeforeDays: {
    to: { accessTokenRotateBeforeDays: 2 },
    asks: false,
    silent: "when warnings begin",
  },
  accessTokenGenerations: {
    to: { accessTokenGenerations: [1, 2] },
    asks: false,
    words: "new generation; allows no more",
  },
  herokuTokenScopes: { to: { herokuTokenScopes: ["global"] }, asks: true, words: "-> global" },
  herokuTokenExpiryDays: {
    to: { herokuTokenExpiryDays: 30 },
    asks: false,
    words: "lives for: 365 days -> 30 days",
  },
  herokuTokenGenerations: {
    to: { herokuTokenGenerations: [1, 2] },
    asks: false,
    words: "new generation; allows no more",
  },
  herokuApp: { to: { herokuApp: "other" }, asks: true, words: "another app gets the releases" },
  herokuTeam: { to: { herokuTeam: "team" }, asks: true, words: "members of the team get access" },
  herokuRegion: { to: { herokuRegion: "eu" }, asks: true, words: "region: us -> eu" },
  dynoSize: { to: { dynoSize: "Standard-1X" }, asks: false },
  dynoQuantity: { to: { dynoQuantity: 3 }, asks: false },
  herokuRegistry: {
    to: { herokuRegistry: "evil.example" },
    asks: true,
    words: "registry.heroku.com -> evil.example",
  },
  firstRelease: {
    to: { firstRelease: "pipeline" },
    asks: true,
    words: "node infra/commands/release-pipeline.ts create",
  },
  mlserverRuntimes: {
    to: { mlserverRuntimes: ["sklearn", "lightgbm"] },
    asks: false,
    words: "model frameworks: sklearn -> sklearn lightgbm",
  },
  trainingImage: { to: { trainingImage: "none" }, asks: true, words: "variable TRAINING_IMAGE" },
  baseImage: {
    to: { baseImage: "evil.example/python:3.11" },
    asks: true,
    words: "base image: python:3.11-slim-bookworm -> evil.example/python:3.11",
  },
  imagePlatform: { to: { imagePlatform: "linux/arm64" }, asks: false, words: "platform" },
  models: {
    to: {
      models: [
        ...models.map(({ name }) => withTemplate(name)),
        withTemplate("wine"),
      ] as StackConfig["models"],
    },
    asks: true,
    words: "new credential with scopes write_repository as maintainer until",
  },
  aModelLess: {
    to: { models: [withTemplate("iris-decision-tree")] as StackConfig["models"] },
    asks: true,
    words: "deleted with its repository, rules and credentials",
  },
  gitUserName: { to: { gitUserName: "Ana" }, asks: false, words: "variable GIT_USER_NAME" },
  gitUserEmail: { to: { gitUserEmail: "b@example.com" }, asks: false, words: "variable GIT_USER_EMAIL" },
};

const listed = new Set(harmlessList().map(({ reason }) => reason));
const linesOf = ({ findings }: Review) =>
  grouped(findings).map(({ mark, what, change }) => `${mark} ${what}: ${change}`);

/** Neutral findings that nobody gave a reason for. */
const unfounded = ({ findings }: Review) =>
  findings.filter(({ rank, reason }) => rank === "neutral" && !(reason !== undefined && listed.has(reason)));

let present: Registration[];
const reviewOf = async (to: Partial<StackConfig>) => review({ steps: stepsBetween(present, await run(to)) });

beforeAll(async () => {
  present = await run({});
});

it("no change of a setting is a review of nothing", async () => {
  const same = await reviewOf({});
  expect([same.findings, same.rest]).toEqual([[], []]);
});

describe("a change of", () => {
  it.each(Object.entries(cases))("%s is told, or harmless", async (_, { to, asks, words, silent }) => {
    const told = await reviewOf(to);
    expect(unfounded(told)).toEqual([]);
    if (words !== undefined) expect(linesOf(told).join("\n")).toContain(words);
    expect(told.weaker, linesOf(told).join("\n")).toBe(asks);
    if (silent === undefined) expect(told.findings.length + told.rest.length).toBeGreaterThan(0);
    else expect([told.findings, told.rest]).toEqual([[], []]);
    expect(JSON.stringify(told.findings)).not.toMatch(/canary|glpat-of-a-person/);
  });

  it("several settings at once hides none of them", async () => {
    const names = Object.keys(cases) as (keyof typeof cases)[];
    await fc.assert(
      fc.asyncProperty(fc.subarray(names, { minLength: 2, maxLength: 4 }), async (chosen) => {
        const told = await reviewOf(Object.assign({}, ...chosen.map((name) => cases[name].to)));
        expect(unfounded(told)).toEqual([]);
        const overridden = chosen.includes("models") && chosen.includes("aModelLess");
        if (!overridden && chosen.some((name) => cases[name].asks)) expect(told.weaker).toBe(true);
      }),
      { numRuns: 4, seed: 13 },
    );
  }, 120_000);
});
