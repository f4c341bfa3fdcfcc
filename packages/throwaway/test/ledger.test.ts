import { appendFileSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { creationIn } from "../src/accounts/creations.ts";
import { openLedger } from "../src/accounts/ledger.ts";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "ledger-"));
  file = path.join(folder, "run", "ledger.jsonl");
});
afterEach(() => rm(folder, { recursive: true }));

const app = { service: "heroku", kind: "app", name: "a" } as const;
const project = { service: "gitlab", kind: "project", name: "p" } as const;

describe("a ledger", () => {
  it("keeps what became of each entry, also for who opens it again", () => {
    const first = openLedger(file);
    const [one, two, three, four] = [app, project, project, app].map((creation) => first.ask(creation));
    first.created(one as number, "uuid");
    first.refused(two as number, 422);
    first.created(four as number, "other");
    first.removed(four as number);
    first.close();
    const again = openLedger(file);
    expect(again.entries().map(({ state }) => state)).toEqual(["created", "refused", "asked", "removed"]);
    expect(again.entries()[0]).toEqual({ ...app, number: 1, state: "created", id: "uuid" });
    expect(again.ask(app)).toBe((three as number) + 2);
    again.close();
  });

  it("can be read where the run was killed in the middle of a line", () => {
    const ledger = openLedger(file);
    ledger.ask(app);
    ledger.close();
    appendFileSync(file, '{"event":"asked","number":2,"serv');
    expect(openLedger(file).entries()).toEqual([{ ...app, number: 1, state: "asked" }]);
  });

  it("is its owner's alone", async () => {
    openLedger(file).close();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });
});

describe("what a request creates", () => {
  const gitlab = new URL("https://gitlab.example.com/api/v4");
  const heroku = new URL("https://heroku.example.com/");
  it.each([
    ["POST /projects", { path: "m", token: "x" }, { kind: "project", name: "m" }],
    ["POST /user/runners", { description: "r" }, { kind: "runner", name: "r" }],
    [
      "POST /projects/7/variables",
      { key: "K", value: "secret" },
      { kind: "variables", name: "K", within: "projects/7" },
    ],
    ["POST /unheard/of", { a: 1 }, { kind: "unheard/of", name: "" }],
    ["GET /projects", undefined, undefined],
    ["PUT /projects/7", { name: "n" }, undefined],
    ["DELETE /projects/7", undefined, undefined],
  ])("%s of GitLab with %j", (words, body, expected) => {
    const [method = "", at = ""] = words.split(" ");
    const request = { method, url: new URL(`${gitlab.href}${at}`), body, client: "" };
    const found = creationIn("gitlab", gitlab, request);
    expect(found).toEqual(expected && { service: "gitlab", ...expected });
    expect(JSON.stringify(found) ?? "").not.toContain("secret");
  });
  it.each([
    ["/apps", { name: "a" }, { kind: "app", name: "a" }],
    ["/teams/apps", { name: "a", team: "t" }, { kind: "app", name: "a" }],
    ["/oauth/authorizations", { description: "d" }, { kind: "authorization", name: "d" }],
  ])("POST %s of Heroku", (at, body, expected) => {
    const request = { method: "POST", url: new URL(at, heroku), body, client: "" };
    expect(creationIn("heroku", heroku, request)).toEqual({ service: "heroku", ...expected });
  });
});
