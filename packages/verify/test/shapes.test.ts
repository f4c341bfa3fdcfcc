import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeReports } from "../src/report.ts";
import { compareAnswers } from "../src/shapes.ts";

const services = {
  gitlab: new URL("https://gitlab.example.com/api/v4"),
  heroku: new URL("https://heroku.example.com"),
};
const json = (status: number, value: unknown) => ({ status, body: { kind: "json" as const, value } });
const request = (method: string, url: string) => ({ method, url: new URL(url), body: undefined, client: "" });
/** In each place where an answer has a value. */
const canary = "canary-value";

const config = (answer: unknown) => {
  const shapes = compareAnswers(services);
  shapes.see(
    "heroku",
    request("GET", `https://heroku.example.com/apps/${canary}/releases`),
    json(200, answer),
  );
  return shapes.found();
};

describe("the comparison of answers", () => {
  it("names the operation, not the path", () => {
    expect(config([]).operations).toEqual(["heroku GET /apps/:app/releases"]);
    expect(config([]).differences).toEqual([]);
  });

  it("tells of properties that are missing, unknown or of another type, without their values", () => {
    const { differences } = config([{ version: canary, brand_new: canary }]);
    const told = differences.map(({ difference }) => difference).join("\n");
    expect(told).toContain("version");
    expect(told).toContain("brand_new");
    expect(told).toContain("status");
    expect(JSON.stringify(differences)).not.toContain(canary);
  });

  it("tells of a status and of an operation that the sandbox does not know, by the first word of its path", () => {
    const shapes = compareAnswers(services);
    const base = "https://gitlab.example.com/api/v4";
    shapes.see("gitlab", request("GET", `${base}/unheard/${canary}`), json(200, {}));
    shapes.see("heroku", request("GET", "https://heroku.example.com/account"), json(299, {}));
    expect(shapes.found().differences).toEqual([
      { service: "gitlab", operation: "GET /unheard/...", status: 200, difference: "is not in the contract" },
      {
        service: "heroku",
        operation: "GET /account",
        status: 299,
        difference: "status 299 is not in the contract",
      },
    ]);
  });
});

describe("the report", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "report-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("has steps, operations and differences, and no value, name or address of the accounts", async () => {
    const entry = { number: 1, service: "heroku", kind: "app", name: canary, state: "asked" } as const;
    const files = await writeReports(path.join(folder, "report"), {
      steps: [
        { title: "pulumi up", seconds: 60 },
        { title: "It answers", seconds: 1, failed: canary },
      ],
      left: [{ entry, reason: canary }],
      operations: ["heroku GET /account"],
      differences: [{ service: "heroku", operation: "GET /account", status: 200, difference: ".beta | x" }],
    });
    const [markdown = "", text = ""] = await Promise.all(files.map((file) => readFile(file, "utf8")));
    expect(`${markdown}${text}`).not.toContain(canary);
    expect(markdown).toContain("| It answers | failed | 1 |");
    expect(markdown).toContain("Left behind: heroku app.");
    expect(markdown).toContain("| `GET /account` | 200 | .beta \\| x |");
    expect(JSON.parse(text)).toMatchObject({ left: [{ service: "heroku", kind: "app" }] });
  });
});
