/** The rules that biome.json has beyond Biome's recommended ones, each with a file that it must refuse. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { runToEnd } from "../../lib/process/run.ts";
import { root } from "../../lib/repository.ts";

const deep = `${"if (n > 0) {\n".repeat(6)}return 1;\n${"}\n".repeat(6)}return 0;\n`;

/** Files with the rule that refuses each, or none where nothing is wrong. */
const files: Record<string, readonly [rule: string | undefined, text: string]> = {
  "lib/any.ts": ["lint/suspicious/noExplicitAny", "export const anything: any = 1;\n"],
  "lib/camelCase.ts": ["lint/style/useFilenamingConvention", "export const one = 1;\n"],
  "lib/complex.ts": [
    "lint/complexity/noExcessiveCognitiveComplexity",
    `export function depth(n: number): number {\n${deep}}\n`,
  ],
  "lib/floating.ts": [
    "lint/nursery/noFloatingPromises",
    "async function later(): Promise<void> {}\nexport function now(): void {\n  later();\n}\n",
  ],
  "infra/policy/undeclared.ts": [
    "lint/correctness/noUndeclaredDependencies",
    'export * from "of-the-root";\n',
  ],
  "packages/one/src/undeclared.ts": [
    "lint/correctness/noUndeclaredDependencies",
    'export * from "@tag-to-endpoint/two";\n',
  ],
  "packages/one/src/declared.ts": [undefined, 'export * from "of-the-package";\n'],
  "packages/sdks/gitlab/projectVariable.ts": [undefined, "export const generated: any = 1;\n"],
};

it("each rule refuses its file, and that alone", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "tag-to-endpoint-lint-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const write = async (file: string, text: string) => {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text);
  };
  const manifest = (place: string, dependencies: object) =>
    write(path.join(place, "package.json"), JSON.stringify({ name: "one", dependencies }));
  await write(
    "biome.json",
    JSON.stringify({ extends: [path.join(root, "biome.json")], vcs: { enabled: false } }),
  );
  await manifest(".", { "of-the-root": "1.0.0" });
  await manifest("infra/policy", {});
  await manifest("packages/one", { "of-the-package": "1.0.0" });
  for (const [file, [, text]] of Object.entries(files)) await write(file, text);

  const biome = path.join(root, "node_modules/.bin/biome");
  const { code, stdout } = await runToEnd(biome, ["lint", "--reporter=json", "."], { cwd: folder });
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { category: string; location: { path: string } }[];
  };
  const found = diagnostics.map(({ category, location }) => [location.path, category]);
  const wanted = Object.entries(files).map(([file, [rule]]) => [file, rule]);
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted.filter(([, rule]) => rule)));
  expect(found).toHaveLength(new Set(found.map(([file]) => file)).size);
  expect(code).toBe(1);
});
