/** What drift tells of things in a project or an app that the stack did not make. */
import { describe, expect, it } from "vitest";
import { found, kept, level, list } from "../support/drift.ts";

describe("a rule beside the stack's own", () => {
  it("is told by who it lets in beyond them, in the words of a review", async () => {
    const rules = [
      { name: "v*", create_access_levels: [level(30, "Developers + Maintainers")] },
      { name: "rc-*", create_access_levels: [level(30, "Developers + Maintainers")] },
      { name: "own-*", create_access_levels: [level(40, "Maintainers")] },
      { name: "none-*", create_access_levels: [level(0, "No one")] },
      { name: "ana-*", create_access_levels: [level(40, "Ana", { user_id: 7 })] },
    ];
    const { unmanaged } = await found(list("protected_tags", 200, rules));
    expect(unmanaged.map(({ name, effect }) => [name, effect])).toEqual([
      ["ana-*", "lets Ana create tags that see Protected variables"],
      ["rc-*", "lets Developers create tags that see Protected variables"],
    ]);
    expect(unmanaged[0]).toMatchObject({
      noun: "tags",
      owner: "group/mlserver",
      remedy: "remove it: https://gitlab.example/group/mlserver/-/settings/repository",
    });
  });
});

describe("an access token beside the stack's own", () => {
  it.each([
    [20, "reporter"],
    [40, "maintainer"],
    [25, "level 25"],
  ])("of level %i is told as %s", async (access_level, role) => {
    const token = { id: 9, name: "by-hand", scopes: ["api"], access_level, expires_at: null, active: true };
    const { unmanaged } = await found(
      list("access_tokens", 200, [token, { ...token, id: 8, active: false }]),
    );
    expect(unmanaged.map(({ effect }) => effect)).toEqual([
      `opens the project with api as ${role}, without an end`,
    ]);
  });
});

describe("a list that GitLab refuses", () => {
  it("is a note where a tier or a role may be without it", async () => {
    const { unmanaged, notes } = await found(list("access_tokens", 403));
    expect(unmanaged).toEqual([]);
    expect(notes).toEqual([
      "not checked: access tokens of group/mlserver (GitLab answered 403 when asked for /projects/3/access_tokens)",
    ]);
  });

  it("is a failure where everybody has it, or where GitLab itself fails", async () => {
    await expect(found(list("protected_tags", 403))).rejects.toThrow(
      "protected tags of group/mlserver cannot be read: GitLab answered 403 when asked for /projects/3/protected_tags",
    );
    await expect(found(list("runners", 500))).rejects.toThrow("runners of group/mlserver cannot be read");
  });
});

it("names no credential that somebody put into a name", async () => {
  const variables = [{ key: "glpat-0123456789abcdef", environment_scope: "*", protected: false }];
  const { unmanaged } = await found(list("variables", 200, variables));
  expect(unmanaged).toMatchObject([{ noun: "variable", name: "[secret]" }]);
});

it("tells config vars that are not the program's", async () => {
  const app = kept("heroku:app/app:App", "a1", { name: "ml-app" }, { configVars: { OURS: "1" } });
  const { unmanaged } = await found({ "GET /apps/a1/config-vars": [200, { OURS: "1", THEIRS: "2" }] }, [app]);
  expect(unmanaged).toEqual([
    {
      noun: "config var",
      name: "THEIRS",
      owner: "ml-app",
      effect: "is in the environment of every dyno",
      remedy: "remove it: heroku config:unset THEIRS --app ml-app",
      undo: { service: "heroku", method: "PATCH", path: "/apps/a1/config-vars", body: { THEIRS: null } },
    },
  ]);
});
