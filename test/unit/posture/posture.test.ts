/** What rules come to together: counts, reasons, tiers, and the report. */
import { describe, expect, it } from "vitest";
import { tierNamed } from "../../../operations/posture/ask.ts";
import type { Facts, Member } from "../../../operations/posture/facts.ts";
import { type Posture, postureOf } from "../../../operations/posture/posture.ts";
import { render } from "../../../operations/posture/report.ts";
import { fail, notTold, pass, type Rule, sources } from "../../../operations/posture/rule.ts";
import { rules } from "../../../operations/posture/rules.ts";
import { wellFacts, wellProject } from "./facts.ts";

const rule = (given: Partial<Rule> & Pick<Rule, "id">): Rule =>
  ({
    source: "own",
    title: `Title of ${given.id}`,
    about: "GitLab",
    judge: () => pass("well"),
    mend: "mend it",
    ...given,
  }) as Rule;

const mixed: readonly Rule[] = [
  rule({ id: "fine" }),
  rule({ id: "open", judge: () => fail("wrong | here") }),
  rule({ id: "sold", source: "cis", tier: "Premium", judge: () => fail("not there") }),
  rule({ id: "known", source: "legitify", judge: () => fail("as it is"), left: "it has to be" }),
  rule({ id: "dark", judge: () => notTold("GitLab answered 403") }),
  rule({ id: "some", about: "project", judge: ({ path }) => (path === "ml/a" ? fail("bad") : pass("good")) }),
];
const two: Facts = {
  ...wellFacts,
  tier: "Free",
  projects: ["ml/a", "ml/b"].map((path) => ({ ...wellProject, path })),
};
const leftOf = (found: Posture, id: string) => found.rules.find((one) => one.id === id)?.left;

describe("a posture", () => {
  it("counts rules, by the worst of their projects", () => {
    const { total, toMend, bySource } = postureOf("production", mixed, two);
    expect(total).toEqual({ rules: 6, apply: 6, pass: 1, fail: 4, notTold: 1 });
    expect(bySource.cis).toEqual({ rules: 1, apply: 1, pass: 0, fail: 1, notTold: 0 });
    expect(toMend).toBe(2);
  });

  it.each([
    ["Free", "needs GitLab Premium"],
    ["Premium", undefined],
    ["Ultimate", undefined],
    [undefined, "needs GitLab Premium, and GitLab does not tell its tier"],
  ] as const)("leaves what the tier %s does not have", (tier, left) => {
    expect(leftOf(postureOf("production", mixed, { ...two, tier }), "sold")).toBe(left);
  });

  it.each([
    ["bots", "project_2_bot_0f", /^they are the bots/],
    ["people", "eve", undefined],
  ])("leaves too many Maintainers where they are %s", (_, name, left) => {
    const members: Member[] = [
      { username: "ada", access_level: 50 },
      ...["1", "2"].map((end) => ({ username: name + end, access_level: 40 })),
    ];
    const facts = { ...wellFacts, projects: [{ ...wellProject, members: { value: members } }] };
    const said = leftOf(postureOf("production", rules, facts), "2.1.11");
    if (left) expect(said).toMatch(left);
    else expect(said).toBeUndefined();
  });
});

describe("the rules", () => {
  it("are all of both benchmarks, each once", () => {
    const { bySource } = postureOf("production", rules, wellFacts);
    expect([bySource.cis.rules, bySource.legitify.rules, bySource.own.rules]).toEqual([122, 16, 20]);
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
  });

  it("say what they want, what mends them and where they come from", () => {
    for (const one of rules) {
      expect([one.id, one.mend, one.title, sources[one.source].page].every((text) => text.length > 0)).toBe(
        true,
      );
    }
  });
});

it.each([
  ["free", "Free"],
  ["premium", "Premium"],
  ["premium_trial", "Premium"],
  ["silver", "Premium"],
  ["ultimate_trial_paid_customer", "Ultimate"],
  ["gold", "Ultimate"],
  ["default", undefined],
  [undefined, undefined],
])("plan %s is tier %s", (plan, tier) => expect(tierNamed(plan)).toBe(tier));

describe("the report", () => {
  const posture = postureOf("production", mixed, two);

  it("as text", () => {
    expect(render("text", posture)).toMatchInlineSnapshot(`
      "Stack production: 1 of the 6 rules that apply pass, 4 fail: 2 to mend, 2 left for a reason; 1 cannot be told. GitLab's tier: Free.

                                 Rules     Apply      Pass      Fail  Not told
        CIS GitLab Benchmark         1         1         0         1         0
        legitify                     1         1         0         1         0
        rules of our own             4         4         1         2         1
        all                          6         6         1         4         1

      Fails, to mend (2)
        own open   Title of open: wrong | here
          mend: mend it
        own some   Title of some: ml/a: bad
          mend: mend it

      Fails, left for a reason (2)
        needs GitLab Premium
          CIS sold   Title of sold: not there
          mend: mend it
        it has to be
          legitify known Title of known: as it is
          mend: mend it

      Passes (1)
        own fine   Title of fine: well

      Cannot be told (1)
        GitLab answered 403
          own dark   Title of dark
      "
    `);
  });

  it("as Markdown", () => {
    expect(render("markdown", posture)).toMatchInlineSnapshot(`
      "### Stack production: 1 of the 6 rules that apply pass, 4 fail: 2 to mend, 2 left for a reason; 1 cannot be told. GitLab's tier: Free.

      |  | Rules | Apply | Pass | Fail | Not told |
      | --- | --- | --- | --- | --- | --- |
      | CIS GitLab Benchmark | 1 | 1 | 0 | 1 | 0 |
      | legitify | 1 | 1 | 0 | 1 | 0 |
      | rules of our own | 4 | 4 | 1 | 2 | 1 |
      | all | 6 | 6 | 1 | 4 | 1 |

      #### Fails, to mend (2)

      | Rule | Wants | Found | Mend | Left because |
      | --- | --- | --- | --- | --- |
      | own open | Title of open | wrong \\| here | mend it |  |
      | own some | Title of some | ml/a: bad | mend it |  |

      #### Fails, left for a reason (2)

      | Rule | Wants | Found | Mend | Left because |
      | --- | --- | --- | --- | --- |
      | CIS sold | Title of sold | not there | mend it | needs GitLab Premium |
      | legitify known | Title of known | as it is | mend it | it has to be |

      #### Passes (1)

      | Rule | Wants | Found |
      | --- | --- | --- |
      | own fine | Title of fine | well |

      #### Cannot be told (1)

      | Rule | Wants | Found |
      | --- | --- | --- |
      | own dark | Title of dark | GitLab answered 403 |
      "
    `);
  });

  it("as JSON has every rule, and no credential", () => {
    const secret = `glpat-${"x".repeat(20)}`;
    const telling = [rule({ id: "telling", judge: () => fail(`token ${secret}`) })];
    const written = render("json", postureOf("production", telling, two));
    expect(written).not.toContain(secret);
    expect(JSON.parse(render("json", posture))).toEqual(posture);
  });
});
