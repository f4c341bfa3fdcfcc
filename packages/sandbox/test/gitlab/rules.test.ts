import { describe, expect, test } from "vitest";
import { fromEntries, parseForm } from "../../src/gitlab/api/params.ts";
import { expandAll, expandText } from "../../src/gitlab/pipelines/expand.ts";
import { evaluate } from "../../src/gitlab/pipelines/expressions.ts";
import { type PlanContext, planPipeline } from "../../src/gitlab/pipelines/plan.ts";
import { globMatches } from "../../src/gitlab/pipelines/rules.ts";
import { scopeMatches } from "../../src/gitlab/pipelines/stored-variables.ts";
import { matches } from "../../src/gitlab/protection.ts";
import { rewrite } from "../../src/runner/docker-shim.ts";
import { createMasker } from "../../src/runner/mask.ts";

describe("rules:if", () => {
  const variables = { TAG: "v1.0.0", EMPTY: "", BRANCH: "main", PATTERN: "/^v\\d/", QUOTE: 'a"b' };
  test.each([
    ["$TAG", true],
    ["$EMPTY", false],
    ["$MISSING", false],
    ["$MISSING == null", true],
    ["$EMPTY == null", false],
    ['$EMPTY == ""', true],
    ['$BRANCH == "main"', true],
    ["$BRANCH != 'main'", false],
    ["$TAG =~ /^v/", true],
    ["$TAG =~ /^V/i", true],
    ["$TAG !~ /^v/", false],
    ["$MISSING =~ /x/", false],
    ["$MISSING !~ /x/", true],
    ["$TAG =~ $PATTERN", true],
    ['$BRANCH == "x" || $TAG && $BRANCH == "main"', true],
    ['($BRANCH == "x" || $TAG) && $EMPTY', false],
    ["$TAG =~ /^v\\d+\\.\\d+\\.\\d+$/", true],
    ["$TAG =~ /a\\/b/", false],
    ["$QUOTE == 'a\"b'", true],
    ["$TAG == $TAG", true],
  ])("%s is %s", (expression, expected) => {
    expect(evaluate(expression, variables)).toBe(expected);
  });
  test.each(["", "$A ==", "== $A", "($A", "$A $B", "$A = 'x'", "process.exit()", "$A =~ /(/"])(
    "%j is refused",
    (expression) => {
      expect(() => evaluate(expression, { A: "a", B: "b" })).toThrow(/invalid/);
    },
  );
});

test.each([
  ["v*", "v1.0.0", true],
  ["v*", "1.0.0", false],
  ["v*", "V1", false],
  ["*-stable", "1-2-stable", true],
  ["release/*", "release/a/b", true],
  ["a.b", "axb", false],
  ["*", "anything", true],
  ["v*.*", "v1", false],
])("protection %s covers %s: %s", (pattern, name, expected) => {
  expect(matches(pattern, name)).toBe(expected);
});

test.each([
  ["*", null, true],
  ["production", null, false],
  ["review/*", "review/x", true],
  ["review/*", "production", false],
])("scope %s covers %s: %s", (scope, environment, expected) => {
  expect(scopeMatches(scope, environment)).toBe(expected);
});

test.each([
  ["models/**/*", "models/a/b.json", true],
  ["*.py", "a/b.py", false],
  ["**/*.py", "b.py", true],
  ["{a,b}.txt", "b.txt", true],
  ["Dockerfile", "Dockerfile", true],
])("glob %s covers %s: %s", (glob, path, expected) => {
  expect(globMatches(glob, path)).toBe(expected);
});

test("variables are expanded through each other, never into themselves", () => {
  const value = (text: string, raw = false) => ({ value: text, raw });
  expect(
    expandAll({
      A: value("$B-$C"),
      B: value("b$$x"),
      C: value("x$A"),
      D: value("$B", true),
      E: value("$E$NONE"),
    }),
  ).toMatchObject({ B: "b$x", D: "$B", E: "$E$NONE" });
  expect(expandText(["$A/$", "{B}/$NONE/$$A"].join(""), { A: "1", B: "2" })).toBe("1/2//$A");
});

test("masking hides the longest value first and every occurrence", () => {
  const mask = createMasker(["secret-1", "secret-1-long", "secret-1"]);
  expect(mask("x secret-1-long y secret-1secret-1")).toBe("x [MASKED] y [MASKED][MASKED]");
});

test("forms nest as in Rack and cannot reach the prototype", () => {
  expect(parseForm("a[b]=1&l[]=1&l[]=2&m[][x]=1&m[][y]=2&m[][x]=3")).toEqual({
    a: { b: "1" },
    l: ["1", "2"],
    m: [{ x: "1", y: "2" }, { x: "3" }],
  });
  fromEntries([["__proto__[polluted]", "yes"]]);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test("the docker shim labels what is made and keeps variables off the command line", () => {
  const config = {
    docker: "docker",
    labels: { l: "1" },
    envFile: "/e",
    multiline: { KEY: "a\nb" },
    names: ["TOKEN", "KEY"],
  };
  const rewritten = rewrite(
    ["create", "--interactive", "-e", "TOKEN=x", "-e", "OTHER=y", "-e", "GCL_A=1", "img"],
    config,
  );
  expect(rewritten).toEqual([
    "create",
    "--label",
    "l=1",
    "--env-file",
    "/e",
    "-e",
    "KEY",
    "--interactive",
    "-e",
    "OTHER=y",
    "img",
  ]);
  expect(rewrite(["volume", "create", "v"], config)).toEqual(["volume", "create", "--label", "l=1", "v"]);
  expect(rewrite(["create", "-i", "-v", "x"], config)).toEqual(["create", "--label", "l=1", "-i", "-v", "x"]);
  expect(rewrite(["start", "id"], config)).toEqual(["start", "id"]);
});

describe("the plan of a pipeline", () => {
  const context = (facts: Partial<PlanContext>): PlanContext => ({
    ref: "main",
    tag: false,
    source: "push",
    changed: null,
    files: ["Dockerfile"],
    predefined: facts.tag ? { CI_COMMIT_TAG: "v1" } : { CI_COMMIT_BRANCH: "main", CI_DEFAULT_BRANCH: "main" },
    stored: () => ({}),
    ...facts,
  });
  const stages = [".pre", "build", "test", ".post"];
  const names = (config: object, facts: Partial<PlanContext> = {}) => {
    const plan = planPipeline({ stages, ...config }, context(facts));
    return typeof plan === "string" ? plan : plan.jobs.map((job) => job.name);
  };
  const script = ["true"];
  test("a job without rules runs for branches and tags", () => {
    expect(names({ a: { script } })).toEqual(["a"]);
    expect(names({ a: { script } }, { tag: true })).toEqual(["a"]);
  });
  test("a job for tags alone leaves a branch without a pipeline", () => {
    const config = { a: { script, rules: [{ if: "$CI_COMMIT_TAG" }] } };
    expect(names(config)).toBe("empty");
    expect(names(config, { tag: true })).toEqual(["a"]);
  });
  test("workflow rules come first", () => {
    const config = { workflow: { rules: [{ if: "$CI_COMMIT_TAG" }] }, a: { script } };
    expect(names(config)).toBe("filtered");
    expect(names(config, { tag: true })).toEqual(["a"]);
  });
  test("changes and exists look at paths", () => {
    const config = {
      a: { script, rules: [{ changes: ["models/**/*"] }] },
      b: { script, rules: [{ exists: ["Dockerfile"] }] },
      c: { script, rules: [{ exists: ["Makefile"] }] },
    };
    expect(names(config, { changed: ["README.md"] })).toEqual(["b"]);
    expect(names(config, { changed: ["models/x/y"] })).toEqual(["a", "b"]);
    expect(names(config, { changed: null })).toEqual(["a", "b"]);
  });
  test("only and except", () => {
    const config = {
      a: { script, only: ["tags"] },
      b: { script, except: ["main"] },
      c: { script, only: { refs: ["/^ma/"], variables: ['$CI_COMMIT_BRANCH == "main"'] } },
    };
    expect(names(config)).toEqual(["c"]);
    expect(names(config, { tag: true, ref: "v1" })).toEqual(["a", "b"]);
  });
  test("parallel jobs are copies with their own variables, and `needs` means all of them", () => {
    const plan = planPipeline(
      {
        stages,
        a: { stage: "build", script, parallel: { matrix: [{ X: ["1", "2"] }] } },
        b: { stage: "test", script, needs: [{ job: "a" }] },
      },
      context({}),
    );
    if (typeof plan === "string") throw new Error(plan);
    expect(plan.jobs.map((job) => job.name)).toEqual(["a: [1]", "a: [2]", "b"]);
    expect(plan.jobs[2]?.needs?.map((need) => need.job)).toEqual(["a: [1]", "a: [2]"]);
    expect(plan.jobs[1]?.config.variables).toMatchObject({ X: "2", CI_NODE_TOTAL: "2" });
  });
  test("a need that is not there is an error, an optional one is not", () => {
    expect(() => names({ b: { script, needs: [{ job: "a" }] } })).toThrow("undefined need");
    expect(names({ b: { script, needs: [{ job: "a", optional: true }] } })).toEqual(["b"]);
  });
});
