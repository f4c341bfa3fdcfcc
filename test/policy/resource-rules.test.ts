/** Each rule about one resource: what passes, what does not, and the exact message. */
import { describe, expect, it } from "vitest";
import type { Resource, ResourceRule } from "../../infra/policy/rule.ts";
import { accessTokenExpiry } from "../../infra/policy/rules/tokens.ts";
import { resourceRules } from "../../infra/policy/rules.ts";
import { problemLines } from "../../lib/text/problem.ts";
import { credentialCases } from "./credential-cases.ts";
import { otherCases } from "./other-cases.ts";

const cases = { ...credentialCases, ...otherCases };

const now = () => new Date("2030-01-01T00:00:00Z");

/** The rule, with a clock that stands still. */
function ruleNamed(name: string): ResourceRule {
  const rule = [accessTokenExpiry(now), ...resourceRules].find((one) => one.name === name);
  if (!rule) throw new Error(`there is no rule ${name}`);
  return rule;
}

it("every rule has cases", () => {
  expect(Object.keys(cases).sort()).toEqual(resourceRules.map(({ name }) => name).sort());
});

describe.each(Object.entries(cases))("%s", (name, { passes, fails }) => {
  const { about, check } = ruleNamed(name);
  const messages = (one: Resource) => (about(one.type) ? check(one).map((one) => problemLines(one)) : []);

  it.each(passes)("accepts %s", (_, one) => {
    expect(messages(one)).toEqual([]);
  });

  it.each(fails)("refuses %s", (_, one, [found, allowed, fix]) => {
    expect(messages(one)).toEqual([`found:   ${found}\nallowed: ${allowed}\nfix:     ${fix}`]);
    expect(messages(one).join()).not.toContain("canary-word");
  });
});
