/** What the documentation names exists: files, headings, commands, settings and paths. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { accounts } from "../../../infra/config/accounts.ts";
import { settings } from "../../../infra/config/settings.ts";
import { root } from "../../../lib/repository.ts";
import { type Page, parsePage } from "./page.ts";

const git = (...args: string[]) =>
  execFileSync("git", ["-C", root, ...args], { encoding: "utf8" })
    .split("\n")
    .filter(Boolean);

/** Files of the repository, those that are not added yet included, and their folders. */
const files = git("ls-files", "--cached", "--others", "--exclude-standard").filter((file) =>
  existsSync(path.join(root, file)),
);
const folders = new Set(files.flatMap((file) => foldersOf(file)));
const names = new Set(files.map((file) => path.basename(file)));
const scripts = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")).scripts;

function foldersOf(file: string): string[] {
  const folder = path.dirname(file);
  return folder === "." ? [] : [folder, ...foldersOf(folder)];
}

/** Generated packages, whose pages are not ours. */
const isOurs = (file: string) => !/^packages\/sdks\/(gitlab|heroku)\//.test(file);
const pages = files.filter((file) => file.endsWith(".md") && isOurs(file)).map(readPage);

function readPage(file: string): Page & { readonly file: string } {
  return { file, ...parsePage(readFileSync(path.join(root, file), "utf8")) };
}

/** Whether there is such a file or folder, seen from the root or from a folder. */
function exists(name: string, folder: string): boolean {
  return [name, path.join(folder, name)].some((one) => {
    const normal = path.normalize(one).replace(/\/$/, "");
    return normal === "." || files.includes(normal) || folders.has(normal);
  });
}

/** Paths that git ignores: a command makes them. */
function isIgnored(name: string): boolean {
  try {
    execFileSync("git", ["-C", root, "check-ignore", "--quiet", name.replace(/\/$/, "/x")]);
    return true;
  } catch {
    return false; // git ends with 1 for a path that is not ignored.
  }
}

const endings = /\.(ts|mjs|json|md|ya?ml|sh|py|in|txt|ipynb|csv|Dockerfile)$/;

/** Whether text in backticks is meant as a path of this repository. */
function looksLikePath(text: string, folder: string): boolean {
  if (!/^[\w.@-][\w.@<>*-]*(\/[\w.@<>*$-]+)*\/?$/.test(text)) return false;
  if (!text.includes("/")) return endings.test(text);
  const [first = ""] = text.split("/");
  return text.endsWith("/") || endings.test(text) || exists(first, folder);
}

/** The part of a path before its first placeholder: `models/` of `models/<name>/`. */
const known = (text: string) => text.replace(/[^/]*[<*$].*$/, "");

describe.each(pages)("$file", ({ file, links, texts, commands }) => {
  const folder = path.dirname(file);

  it("links to files and headings that exist", () => {
    const broken = links
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [name = "", heading] = link.split("#");
        const target = name === "" ? file : path.join(folder, name).replace(/\/$/, "");
        if (heading === undefined) return !files.includes(target) && !folders.has(target);
        return !pages.find((page) => page.file === target)?.anchors.includes(heading);
      });
    expect(broken).toEqual([]);
  });

  // What was, may be gone.
  if (file === "CHANGELOG.md") return;

  it("names commands and settings that exist", () => {
    const unknown = commands.flatMap((text) => [
      ...[...text.matchAll(/\bnpm run (?:--silent )?([a-z]\w*)/g)]
        .map(([, name = ""]) => name)
        .filter((name) => !(name in scripts)),
      ...[...text.matchAll(/\bpulumi config (?:set|rm)(?: --(?:secret|path))* '?([\w:]+)/g)]
        .map(([, name = ""]) => name)
        .filter((name) => !(name.replace(/^mlops:/, "") in { ...settings, ...accounts })),
    ]);
    expect(unknown).toEqual([]);
  });

  it("names paths that exist", () => {
    const missing = texts
      .filter((text) => looksLikePath(text, folder))
      .map(known)
      .filter((text) => text !== "" && !exists(text, folder))
      .filter((text) => text.includes("/") || !names.has(text))
      .filter((text) => !isIgnored(text));
    expect(missing).toEqual([]);
  });
});

it("docs/commands.md has every command", () => {
  const page = readFileSync(path.join(root, "docs/commands.md"), "utf8");
  const rows = [...page.matchAll(/^\| `npm (?:run )?(\w+)` \|/gm)].map(([, name]) => name);
  expect(rows.sort()).toEqual(Object.keys(scripts).sort());
});

describe("the check itself", () => {
  it.each([
    ["infra/config/settings.ts", true],
    ["toolchain/", true],
    ["ref-protection.ts", true],
    ["infra/nowhere", true],
    ["linux/amd64", false],
    ["/mlapi/v2/models", false],
    ["npm run docs", false],
    ["v1.2.3", false],
  ])("takes %s for a path: %s", (text, expected) => {
    expect(looksLikePath(text, ".")).toBe(expected);
  });

  it("knows what exists", () => {
    expect(exists("infra/config/settings.ts", ".")).toBe(true);
    expect(exists("settings.md", "docs")).toBe(true);
    expect(exists("infra/nowhere", ".")).toBe(false);
    expect(isIgnored(".sandbox/")).toBe(true);
    expect(isIgnored("infra/nowhere")).toBe(false);
  });

  it("reads links, headings, inline code and commands", () => {
    const page = parsePage(
      "# A *b*\n\n[x](y.md#z) `c/d`\n\n## A b\n\n```sh\nnpm run e\n```\n\n| `f` |\n|---|\n",
    );
    expect(page).toEqual({
      anchors: ["a-b", "a-b-1"],
      links: ["y.md#z"],
      texts: ["c/d", "f"],
      commands: ["c/d", "npm run e", "f"],
    });
  });
});
