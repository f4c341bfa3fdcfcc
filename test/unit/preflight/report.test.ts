/** The table of `npm run preflight` in its three forms; docs/preflight.md shows it. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { Finding } from "../../../infra/preflight/check.ts";
import { root } from "../../../lib/repository.ts";
import { render } from "../../../operations/preflight/report.ts";

const findings: Finding[] = [
  {
    subject: "GitLab",
    check: "access to GitLab",
    setting: "gitlab:token",
    outcome: "ok",
    found: "https://gitlab.com/api/v4",
  },
  {
    subject: "GitLab",
    check: "role in the group",
    setting: "mlops:gitlabNamespace",
    outcome: "problem",
    found: "ana, who has the role developer in my-group",
    allowed: "maintainer or owner: the stack protects branches and tags and sets CI/CD variables",
    fix: "an Owner gives the role: https://gitlab.com/groups/my-group/-/group_members",
  },
  {
    subject: "GitLab",
    check: "push rules",
    setting: "mlops:gitlabNamespace",
    outcome: "not checked",
    reason:
      "GitLab shows the push rules of my-group to its Owners alone; they are at https://gitlab.com/groups/my-group/-/settings/repository",
  },
  {
    subject: "Heroku",
    check: "verified account",
    setting: "heroku:apiKey",
    outcome: "ok",
    found: "verified",
  },
  {
    subject: "Heroku",
    check: "end of the key",
    setting: "heroku:apiKey",
    outcome: "warning",
    found: "5 days left, until 2026-12-01",
    allowed: "more than 14 days: without this key nothing of the stack can be changed",
    fix: "make a new one: heroku authorizations:create, then pulumi config set --secret heroku:apiKey",
  },
  {
    subject: "This machine",
    check: "docker engine",
    setting: "docker",
    outcome: "ok",
    found: "version 28.2.2",
  },
];
const reported = { stack: "production", findings };

describe("a preflight is told", () => {
  it("as text, which docs/preflight.md shows", async () => {
    const page = await readFile(path.join(root, "docs/preflight.md"), "utf8");
    expect(page).toContain(`\`\`\`\n${render("text", reported)}\`\`\`\n`);
  });

  it("as text in colour, where that is asked for", () => {
    const escapes = `${String.fromCharCode(27)}[31mPROBLEM`;
    expect(render("text", reported, true)).toContain(escapes);
  });

  it("as JSON, with the numbers of each outcome", () => {
    expect(JSON.parse(render("json", reported))).toEqual({
      stack: "production",
      problems: 1,
      warnings: 1,
      notChecked: 1,
      ok: 3,
      findings,
    });
  });

  it("as Markdown, in which what others chose stays text", () => {
    const evil: Finding = {
      subject: "GitLab",
      check: "namespace",
      setting: "mlops:gitlabNamespace",
      outcome: "ok",
      found: "a|b <img src=x>",
    };
    expect(render("markdown", { stack: "production", findings: [...findings.slice(1, 3), evil] })).toBe(
      [
        "### Stack production cannot come up: 1 problem, 0 warnings, 1 ok, 1 not checked.",
        "",
        "|  | Of | Check | Setting | Found | Allowed | Fix |",
        "|---|---|---|---|---|---|---|",
        "| **PROBLEM** | GitLab | role in the group | `mlops:gitlabNamespace` | ana, who has the role developer in my-group | maintainer or owner: the stack protects branches and tags and sets CI/CD variables | an Owner gives the role: https://gitlab.com/groups/my-group/-/group\\_members |",
        "| ? | GitLab | push rules | `mlops:gitlabNamespace` | not checked: GitLab shows the push rules of my-group to its Owners alone; they are at https://gitlab.com/groups/my-group/-/settings/repository |  |  |",
        "| ok | GitLab | namespace | `mlops:gitlabNamespace` | a\\|b &lt;img src=x&gt; |  |  |",
        "",
      ].join("\n"),
    );
  });

  it("as coming up, where there are only warnings", () => {
    expect(render("text", { stack: "dev", findings: findings.slice(4) })).toMatch(
      /^Stack dev can come up, as far as can be asked: 0 problems, 1 warning, 1 ok, 0 not checked\.\n/,
    );
  });
});
