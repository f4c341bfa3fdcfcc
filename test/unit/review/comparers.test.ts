/** How a change of one value is judged. */
import { describe, expect, it } from "vitest";
import { covers } from "../../../lib/gitlab/ref-pattern.ts";
import {
  amount,
  type Comparer,
  endDate,
  entries,
  environments,
  hasLevel,
  protectedRefs,
  type Rank,
  safeWhen,
  scopes,
  strictestFirst,
  whoMay,
} from "../../../lib/kinds/comparers.ts";
import { shown, UNKNOWN, type Value } from "../../../lib/pulumi/values.ts";

type Case = [before: Value | undefined, after: Value | undefined, rank: Rank];

const role = (accessLevel: string) => ({ accessLevel });
const apiCovers = scopes((scope, other) => scope === "api" && other !== "k8s_proxy");

const tables: [name: string, Comparer, Case[]][] = [
  [
    "who may do it: fewer people are stronger",
    whoMay,
    [
      ["maintainer", "developer", "weaker"],
      ["no one", "admin", "weaker"],
      ["no one", "maintainer", "weaker"],
      ["developer", "maintainer", "stronger"],
      ["maintainer", "no one", "stronger"],
      ["maintainer", "maintainer", "neutral"],
      ["maintainer", "everybody", "unclear"],
      ["maintainer", UNKNOWN, "unclear"],
      [undefined, "maintainer", "unclear"],
    ],
  ],
  [
    "a level that somebody has: a higher one is weaker",
    hasLevel,
    [
      ["developer", "maintainer", "weaker"],
      ["no one", "minimal", "weaker"],
      ["owner", "guest", "stronger"],
      ["guest", "no one", "stronger"],
      ["developer", "wizard", "unclear"],
    ],
  ],
  [
    "a switch that is safe when on",
    safeWhen(true),
    [
      [true, false, "weaker"],
      [false, true, "stronger"],
      [true, true, "neutral"],
      [true, undefined, "unclear"],
      [undefined, true, "unclear"],
      [true, UNKNOWN, "unclear"],
    ],
  ],
  [
    "a switch that is safe when off",
    safeWhen(false),
    [
      [false, true, "weaker"],
      [true, false, "stronger"],
    ],
  ],
  [
    "visibility",
    strictestFirst("private", "internal", "public"),
    [
      ["private", "public", "weaker"],
      ["public", "internal", "stronger"],
      ["private", "secret-ish", "unclear"],
    ],
  ],
  [
    "a number of which more is weaker",
    amount("weaker"),
    [
      [90, 200, "weaker"],
      ["365", "30", "stronger"],
      [90, undefined, "weaker"],
      [undefined, 90, "stronger"],
      [90, UNKNOWN, "unclear"],
      [90, "90", "neutral"],
    ],
  ],
  [
    "an end",
    endDate,
    [
      ["2027-01-01", "2027-06-01", "weaker"],
      ["2027-01-01", undefined, "weaker"],
      ["2027-01-01", "2026-12-01", "stronger"],
      [undefined, "2026-12-01", "stronger"],
      ["2027-01-01", "some day", "unclear"],
      ["2027-01-01", UNKNOWN, "unclear"],
    ],
  ],
  [
    "scopes",
    apiCovers,
    [
      [["write_repository"], ["write_repository", "api"], "weaker"],
      [["api"], ["write_repository"], "stronger"],
      [["write_repository", "read_api"], ["read_api"], "stronger"],
      [["read_api"], ["write_repository"], "weaker"],
      [["api"], ["k8s_proxy"], "weaker"],
      ["read,write", "write,read", "neutral"],
      ["read", "read, write", "weaker"],
      [["api"], [], "unclear"],
      [["api"], UNKNOWN, "unclear"],
      ["[secret]", "[secret]", "unclear"],
    ],
  ],
  [
    "protected refs: none may be let go, and more of them see the credentials",
    protectedRefs,
    [
      ["v*", "v1*", "weaker"],
      ["v*", "release-*", "weaker"],
      ["*", "v*", "weaker"],
      ["v*", "*", "unclear"],
      ["main", "m*", "unclear"],
      ["v*", "v*", "neutral"],
      ["v*", UNKNOWN, "unclear"],
    ],
  ],
  [
    "environments that get a variable",
    environments,
    [
      ["production", "*", "weaker"],
      ["review/*", "review/a", "stronger"],
      ["production", "staging", "unclear"],
    ],
  ],
  [
    "a list of who may do it",
    entries,
    [
      [[role("maintainer")], [role("developer")], "weaker"],
      [[role("maintainer")], [role("maintainer"), { userId: 7 }], "weaker"],
      [[role("maintainer"), { groupId: 3 }], [role("maintainer")], "stronger"],
      [[role("developer")], [role("no one")], "stronger"],
      [[role("no one")], [role("maintainer")], "weaker"],
      [[{ userId: 7 }], [{ userId: 8 }], "weaker"],
      [[role("maintainer")], [role("developer"), role("maintainer")], "weaker"],
      [[{ ...role("maintainer"), accessLevelDescription: "Maintainers" }], [role("maintainer")], "neutral"],
      [undefined, [{ deployKeyId: 4 }], "weaker"],
      [[role("maintainer")], [], "unclear"],
      [[role("maintainer")], undefined, "unclear"],
      [[role("maintainer")], [{ memberRoleId: 9 }], "unclear"],
      [[role("maintainer")], [role("everybody")], "unclear"],
      [[role("maintainer")], UNKNOWN, "unclear"],
    ],
  ],
];

describe.each(tables)("%s", (_, compare, cases) => {
  it.each(cases)("%j -> %j is %s", (before, after, rank) => {
    expect(compare(before, after).rank).toBe(rank);
  });
});

describe("words", () => {
  it.each<[Comparer, Value | undefined, Value | undefined, string, string]>([
    [whoMay, "maintainer", "developer", "Maintainers", "Developers"],
    [hasLevel, "guest", "developer", "guest", "developer"],
    [entries, [{ userId: 7 }, role("developer")], [role("no one")], "Developers, user 7", "no one"],
    [endDate, "2027-01-01", undefined, "2027-01-01", "never"],
    [amount("weaker", " days"), 90, 200, "90 days", "200 days"],
    [whoMay, "maintainer", UNKNOWN, "Maintainers", "(known after up)"],
  ])("%#", (compare, before, after, old, wanted) => {
    expect(compare(before, after)).toMatchObject({ before: old, after: wanted });
  });

  it("are on one line, short, and show no secret", () => {
    expect(shown("a\nb\u001b[31m")).toBe("a b [31m");
    expect(shown("x".repeat(200))).toHaveLength(80);
    expect(shown(["[secret]", { a: "[secret]" }])).toBe('[secret], {"a":"[secret]"}');
  });
});

describe("patterns", () => {
  it.each([
    ["*", "v*", true],
    ["v*", "v1.*", true],
    ["v*", "v1", true],
    ["v*.*", "v*", false],
    ["v1*", "v*", false],
    ["a.b", "axb", false],
    ["*-stable", "*-stable", true],
  ])("%s covers %s: %s", (outer, inner, expected) => {
    expect(covers(outer, inner)).toBe(expected);
  });
});
