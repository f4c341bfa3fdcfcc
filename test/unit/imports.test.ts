/** The rules of .dependency-cruiser.mjs, each with its offenders: a rule that refuses nothing is noticed here. */
import { globSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { cruise, type IConfiguration } from "dependency-cruiser";
import { afterAll, beforeAll, expect, it } from "vitest";
import { root } from "../../lib/repository.ts";

const { default: config, started } = (await import(path.join(root, ".dependency-cruiser.mjs"))) as {
  default: IConfiguration;
  started: readonly string[];
};

/** Files of a tree, each with what it imports; `type ` before it is an `import type`. */
type Tree = Readonly<Record<string, readonly string[]>>;

/** A tree with nothing wrong in it. */
const sound: Tree = {
  "infra/index.ts": ["declared", "../lib/words.ts", "./settings.ts"],
  "infra/settings.ts": ["node:path"],
  "infra/policy/index.mjs": ["of-policy", "../../lib/words.ts"],
  "infra/commands/first-release.ts": ["../../lib/words.ts"],
  "lib/words.ts": ["declared", "./lists.ts"],
  "lib/lists.ts": [],
  "operations/review/main.ts": [
    "../../infra/settings.ts",
    "../../lib/words.ts",
    "@tag-to-endpoint/command-line",
  ],
  "demo/main.ts": ["of-tests", "@tag-to-endpoint/journey"],
  "test/unit/words.test.ts": ["of-tests", "../../lib/words.ts", "../support/given.ts"],
  "test/integration/stack.test.ts": ["@tag-to-endpoint/sandbox", "../../operations/review/main.ts"],
  "test/support/given.ts": [],
  "packages/command-line/src/index.ts": ["declared"],
  "packages/journey/src/index.ts": ["declared", "./walk.ts"],
  "packages/journey/src/walk.ts": [],
  "packages/journey/test/walk.test.ts": ["of-tests", "../src/walk.ts"],
  "packages/sandbox/src/index.ts": ["./daemon.ts"],
  "packages/sandbox/src/cli.ts": ["@tag-to-endpoint/command-line", "./index.ts"],
  "packages/sandbox/src/daemon.ts": ["./gitlab/service.ts", "./heroku/service.ts", "./runner/runner.ts"],
  "packages/sandbox/src/core/log.ts": [],
  "packages/sandbox/src/gitlab/service.ts": ["../core/log.ts"],
  "packages/sandbox/src/heroku/service.ts": ["../core/log.ts"],
  "packages/sandbox/src/runner/runner.ts": ["../gitlab/service.ts"],
  "packages/sandbox/src/plugins/gitlab/main.ts": ["../shared/values.ts"],
  "packages/sandbox/src/plugins/shared/values.ts": [],
  "packages/toolchain/src/index.ts": ["@tag-to-endpoint/sandbox"],
};

/** What each rule refuses, added to the sound tree. */
const offenders: Readonly<Record<string, Tree>> = {
  "no-cycle": { "lib/lists.ts": ["type ./words.ts"] },
  "no-unused-file": { "infra/forgotten.ts": ["./settings.ts"] },
  "no-undeclared-dependency": {
    "infra/policy/index.mjs": ["declared"],
    "lib/words.ts": ["hoisted"],
    "packages/journey/test/walk.test.ts": ["hoisted"],
  },
  "no-dev-dependency-in-use": { "lib/words.ts": ["of-tests"], "packages/journey/src/walk.ts": ["of-tests"] },
  "product-without-packages": {
    "lib/words.ts": ["@tag-to-endpoint/journey"],
    "models/iris/train.ts": ["@tag-to-endpoint/sandbox"],
    "operations/review/main.ts": ["type @tag-to-endpoint/sandbox"],
  },
  "lib-stands-alone": {
    "lib/lists.ts": ["@tag-to-endpoint/command-line"],
    "lib/words.ts": ["../infra/settings.ts"],
  },
  "infra-on-lib": {
    "infra/index.ts": ["@tag-to-endpoint/command-line"],
    "infra/settings.ts": ["../operations/review/main.ts"],
  },
  "operations-on-infra-and-lib": { "operations/review/main.ts": ["../../test/support/given.ts"] },
  "packages-without-product": {
    "packages/sandbox/src/core/log.ts": ["../../../../lib/words.ts"],
    "packages/toolchain/src/index.ts": ["../../../infra/settings.ts"],
  },
  "packages-in-order": {
    "packages/sandbox/src/index.ts": ["@tag-to-endpoint/toolchain"],
    "packages/unlisted/src/index.ts": ["declared"],
  },
  "packages-by-name": { "packages/toolchain/src/index.ts": ["../../sandbox/src/core/log.ts"] },
  "packages-by-name-from-outside": { "demo/main.ts": ["../packages/sandbox/src/core/log.ts"] },
  "no-test-in-use": {
    "infra/settings.ts": ["../test/support/given.ts"],
    "packages/journey/src/walk.ts": ["../test/walk.test.ts"],
  },
  "sandbox-services-apart": {
    "packages/sandbox/src/gitlab/service.ts": ["../runner/runner.ts"],
    "packages/sandbox/src/heroku/service.ts": ["type ../gitlab/service.ts"],
  },
  "sandbox-core-below": { "packages/sandbox/src/core/log.ts": ["../gitlab/service.ts"] },
  "sandbox-plugins-apart": { "packages/sandbox/src/plugins/shared/values.ts": ["../../core/log.ts"] },
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "tag-to-endpoint-imports-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it("nothing is refused in a sound tree", async () => {
  expect(await violations("sound", sound)).toEqual([]);
});

it.each(Object.entries(offenders))("%s", async (rule, wrong) => {
  const files = Object.keys({ ...sound, ...wrong });
  const tree = files.map((file) => [file, [...(sound[file] ?? []), ...(wrong[file] ?? [])]] as const);
  const refused = (await violations(rule, Object.fromEntries(tree))).filter(({ name }) => name === rule);
  expect([...new Set(refused.map(({ from }) => from))].sort()).toEqual(Object.keys(wrong).sort());
});

it("every rule has its offenders here, and its reason there", () => {
  const rules = config.forbidden ?? [];
  expect(new Set(rules.map(({ name }) => name))).toEqual(new Set(Object.keys(offenders)));
  for (const { name, comment = "", severity } of rules) {
    expect(comment, name).toMatch(/\w+ .*\.$/);
    expect(severity, name).toBe("error");
  }
});

it("what is listed as started exists", () => {
  const files = globSync("{infra,lib,operations,packages}/**/*.{ts,mjs}", {
    cwd: root,
    exclude: ["**/node_modules/**"],
  });
  const unmatched = started.filter((pattern) => !files.some((file) => new RegExp(pattern).test(file)));
  expect(unmatched).toEqual([]);
});

const ours = ["command-line", "journey", "sandbox", "toolchain", "unlisted"];

/** Writes a tree with its packages, as npm would install them, and gives back what is refused in it. */
async function violations(name: string, files: Tree): Promise<{ name: string; from: string }[]> {
  const tree = path.join(folder, name);
  const write = async (file: string, text: string) => {
    await mkdir(path.dirname(path.join(tree, file)), { recursive: true });
    await writeFile(path.join(tree, file), text);
  };
  const manifest = (place: string, fields: object) =>
    write(path.join(place, "package.json"), JSON.stringify({ version: "1.0.0", type: "module", ...fields }));
  await manifest(".", {
    name: "tree",
    dependencies: { declared: "1.0.0" },
    devDependencies: { "of-tests": "1.0.0" },
    workspaces: ours.map((one) => `packages/${one}`),
  });
  await manifest("infra/policy", { name: "policy", dependencies: { "of-policy": "1.0.0" } });
  for (const one of ["declared", "of-tests", "of-policy", "hoisted"]) {
    await manifest(`node_modules/${one}`, { name: one, main: "index.js" });
    await write(`node_modules/${one}/index.js`, "");
  }
  await mkdir(path.join(tree, "node_modules/@tag-to-endpoint"));
  for (const one of ours) {
    await manifest(`packages/${one}`, {
      name: `@tag-to-endpoint/${one}`,
      exports: { ".": "./src/index.ts" },
      dependencies: { declared: "1.0.0" },
      devDependencies: { "of-tests": "1.0.0" },
    });
    await symlink(`../../packages/${one}`, path.join(tree, "node_modules/@tag-to-endpoint", one));
  }
  for (const [file, imports] of Object.entries(files)) {
    const lines = imports.map((from) =>
      from.startsWith("type ") ? `import type { it } from "${from.slice(5)}";\n` : `import "${from}";\n`,
    );
    await write(file, `${lines.join("")}export const it = 1;\n`);
  }
  const rooms = [...new Set(Object.keys(files).map((file) => file.split("/")[0] as string))];
  const { output } = await cruise(rooms, {
    ...config.options,
    baseDir: tree,
    ruleSet: { forbidden: config.forbidden ?? [] },
    validate: true,
  });
  if (typeof output === "string") throw new Error(output);
  return output.summary.violations.map(({ rule, from }) => ({ name: rule.name, from }));
}
