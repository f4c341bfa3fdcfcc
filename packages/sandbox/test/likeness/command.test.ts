import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { teaAnswers, teaDescription } from "./contracts.ts";

const program = join(import.meta.dirname, "../../src/likeness/main.ts");

let folder: string;
let empty: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tag-to-endpoint-likeness-"));
  empty = join(folder, "records");
  mkdirSync(empty);
  writeFileSync(join(folder, "gitlab-api.json"), JSON.stringify(teaDescription));
  writeFileSync(join(folder, "gitlab-recorded.json"), JSON.stringify(teaAnswers));
  writeFileSync(join(folder, "heroku-api.json"), JSON.stringify({ objects: {}, links: [] }));
});

afterAll(() => rmSync(folder, { recursive: true }));

function likeness(...args: string[]) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [program, "--records", empty, ...args], (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

describe("npm run likeness", () => {
  test("without descriptions it says that nothing was compared, and that no test has recorded anything", async () => {
    const { code, stdout } = await likeness();
    expect(code).toBe(0);
    expect(stdout).toContain("heroku GET /account ");
    expect(stdout).toContain(
      "Not compared with the services' own descriptions: --contracts names no folder of them.",
    );
    expect(stdout).toContain("No test has recorded anything: `npm test` does.");
  });

  test("what no description has needs a reason: exit code 2", async () => {
    const { code, stdout } = await likeness("--contracts", folder, "--format", "markdown");
    expect(code).toBe(2);
    expect(stdout).toContain("## Not explained");
    expect(stdout).toContain("- heroku GET /account: undescribed: the service does not describe it");
    expect(stdout).toContain("## Exceptions that nothing needs any more");
  });

  test("a folder without the descriptions, or with others", async () => {
    const missing = await likeness("--contracts", empty);
    expect([missing.code, missing.stdout]).toEqual([1, ""]);
    expect(missing.stderr).toContain(
      `likeness: --contracts ${empty}: gitlab-api.json and gitlab-recorded.json cannot be used`,
    );
    writeFileSync(join(folder, "heroku-api.json"), '{"objects": {}}');
    const wrong = await likeness("--contracts", folder);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain(
      "heroku-api.json cannot be used: ✖ Invalid input: expected array, received undefined",
    );
  });
});
