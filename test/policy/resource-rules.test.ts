/** Each rule about one resource: what passes, what does not, and the exact message. */
import { describe, expect, it } from "vitest";
import type { Resource, ResourceRule } from "../../infra/policy/rule.ts";
import { accessTokenExpiry, deployKeyExpiry } from "../../infra/policy/rules/tokens.ts";
import { resourceRules } from "../../infra/policy/rules.ts";
import { SECRET, type Values } from "../../infra/policy/values.ts";
import { sections } from "../../lib/kinds/kinds.ts";
import { problemLines } from "../../lib/text/problem.ts";
import { credentialCases } from "./credential-cases.ts";
import { otherCases } from "./other-cases.ts";
import { resource } from "./resources.ts";

const cases = { ...credentialCases, ...otherCases };

const now = () => new Date("2030-01-01T00:00:00Z");

/** The rule, with a clock that stands still. */
function ruleNamed(name: string): ResourceRule {
  const rule = [accessTokenExpiry(now), deployKeyExpiry(now), ...resourceRules].find(
    (one) => one.name === name,
  );
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

/** Inputs that the kinds of resources call credentials. */
const credentials = sections.flatMap(({ kinds }) =>
  Object.entries(kinds).flatMap(([type, kind]) =>
    (kind.credentials ?? []).map((path) => [type, path] as const),
  ),
);

describe("what a kind calls a credential", () => {
  const { about, check } = ruleNamed("credential-input");
  const found = (type: string, path: string, value: unknown) => {
    const inputs = path.split(".").reduceRight<unknown>((below, key) => ({ [key]: below }), value);
    return check(resource(type, inputs as Values)).map((one) => one.found);
  };

  it.each(credentials)("of %s, input %s, has to be a secret", (type, path) => {
    expect(about(type)).toBe(true);
    expect(found(type, path, "canary-word")).toEqual([`${path} of one in plain text`]);
    expect(found(type, path, SECRET)).toEqual([]);
  });
});
