/** The two entries that are plain JavaScript, on machines of other kinds: they are copied into a tree of few files. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const repository = path.resolve(import.meta.dirname, "../../..");

let tree: string;
const write = (file: string, text: string) => {
  mkdirSync(path.dirname(path.join(tree, file)), { recursive: true });
  writeFileSync(path.join(tree, file), text);
};

beforeEach(() => {
  tree = mkdtempSync(path.join(tmpdir(), "tag-to-endpoint machine's-"));
  for (const file of ["packages/toolchain/run.mjs", "operations/cli/pulumi.mjs"])
    cpSync(path.join(repository, file), path.join(tree, file));
  write("package.json", '{ "type": "module" }');
  for (const file of ["package-lock.json", "node_modules/.package-lock.json"])
    write(file, '{ "packages": {} }');
  const tell =
    "const [, file, ...words] = process.argv; console.log(file.split('/').at(-2) + ' ' + words.join(' '));";
  write("packages/toolchain/src/main.ts", tell);
  write("operations/review/main.ts", tell);
  write("demo/main.ts", tell);
  write(
    "operations/cli/guarded-pulumi.ts",
    "export async function main() { console.log('pulumi', process.version); }",
  );
});
afterEach(() => rmSync(tree, { recursive: true }));

interface Machine {
  readonly platform?: string;
  readonly arch?: string;
  /** Version of the Node.js that the user has, which is this one where left out. */
  readonly node?: string;
  readonly hasPinnedNode?: boolean;
}

/** Starts a program there. PATH has nothing but Node.js: no docker, docker-registry, rsync or apt-get. */
function start(words: readonly string[], { platform, arch, node, hasPinnedNode }: Machine) {
  const disguise = [
    platform && `Object.defineProperty(process, "platform", { value: "${platform}" });`,
    arch && `Object.defineProperty(process, "arch", { value: "${arch}" });`,
    node &&
      `if (process.argv0 !== "pinned") {
         Object.defineProperty(process, "version", { value: "v${node}" });
         Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${node}" } });
         Object.defineProperty(process.features, "typescript", { value: ${node.startsWith("24") ? '"strip"' : "false"} });
       }`,
  ];
  write("disguise.mjs", disguise.filter(Boolean).join("\n"));
  mkdirSync(path.join(tree, "bin"));
  symlinkSync(process.execPath, path.join(tree, "bin/node"));
  if (hasPinnedNode) {
    mkdirSync(path.join(tree, "node_modules/.bin"));
    symlinkSync(process.execPath, path.join(tree, "node_modules/.bin/node"));
  }
  const { status, stdout, stderr } = spawnSync(
    path.join(tree, "bin/node"),
    ["--import", path.join(tree, "disguise.mjs"), ...words],
    { cwd: tree, encoding: "utf8", env: { PATH: path.join(tree, "bin"), NODE_NO_WARNINGS: "1" } },
  );
  return { status, stdout, stderr };
}

const review = [
  "packages/toolchain/run.mjs",
  "--for",
  "stack",
  "operations/review/main.ts",
  "--stack",
  "a b",
];
const demo = ["packages/toolchain/run.mjs", "demo/main.ts"];
const mac: Machine = { platform: "darwin", arch: "arm64" };

describe("a command for stacks", () => {
  it.each<[string, Machine]>([
    [
      "Linux, with the pinned Node.js",
      { platform: "linux", arch: "x64", node: "20.20.2", hasPinnedNode: true },
    ],
    ["macOS", mac],
    ["another Linux, without the pinned Node.js", { platform: "linux", arch: "ppc64" }],
  ])("sets up for a stack and runs on %s", (_, machine) => {
    expect(start(review, machine)).toEqual({
      status: 0,
      stdout: "review --stack a b\n",
      stderr: "src --for stack\n",
    });
  });

  it("says which Node.js to install where there is no pinned one", () => {
    expect(start(review, { ...mac, node: "22.18.0" })).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "Node.js 24 or later is needed; found v22.18.0.\n" +
        "Fix: install it from https://nodejs.org (macOS: brew install node@24), then run the command again.\n",
    });
  });

  it("says on Linux which packages are missing", () => {
    const { status, stderr } = start(review, { node: "20.20.2" });
    expect(status).toBe(1);
    expect(stderr).toMatch(/Fix: npm ci --include=optional$/m);
  });
});

describe("a command for the sandbox", () => {
  it("sets up for the sandbox on Linux", () => {
    expect(start(demo, { platform: "linux", arch: "arm64" })).toEqual({
      status: 0,
      stdout: "demo \n",
      stderr: "src --for sandbox\n",
    });
  });

  it("says on macOS what works there, before anything is installed", () => {
    const { status, stdout, stderr } = start(demo, mac);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/needs Linux on x64 or arm64; found darwin on arm64\./);
    expect(stderr).toMatch(
      /On this machine work, for stacks on GitLab and Heroku: npx pulumi, npm run review/,
    );
  });

  it("tells its help on macOS, and sets up what a stack needs where that is asked for", () => {
    expect(start([...demo, "--help"], mac)).toMatchObject({ status: 0, stdout: "demo --help\n", stderr: "" });
  });

  it.each([[["--for", "stack"]], [["--for=stack"]]])("npm run setup -- %j works on macOS", (words) => {
    expect(
      start(["packages/toolchain/run.mjs", "packages/toolchain/src/main.ts", ...words], mac),
    ).toMatchObject({
      status: 0,
      stdout: `src ${words.join(" ")}\n`,
    });
  });
});

it.each([[review], [["operations/cli/pulumi.mjs", "up"]]])("Windows itself is told of WSL: %j", (words) => {
  const { status, stdout, stderr } = start(words, { platform: "win32", arch: "x64" });
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toMatch(/on Windows in WSL; found Windows itself\.\nFix: wsl --install, /);
});

describe("npx pulumi", () => {
  it.each<[string, Machine]>([
    ["macOS, on the user's own Node.js", mac],
    ["Linux, on the pinned one where the user's is old", { node: "20.20.2", hasPinnedNode: true }],
  ])("runs on %s", (_, machine) => {
    expect(start(["operations/cli/pulumi.mjs", "up"], machine)).toEqual({
      status: 0,
      stdout: `pulumi ${process.version}\n`,
      stderr: "",
    });
  });

  it("says which Node.js to install where there is none", () => {
    const { status, stderr } = start(["operations/cli/pulumi.mjs", "up"], { ...mac, node: "22.18.0" });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^pulumi: Node\.js 24 or later is needed; found v22\.18\.0\.\nFix: install it from/,
    );
  });
});
