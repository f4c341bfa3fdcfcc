/** Files in which it is kept what somebody allowed, beside the state: `.pulumi/approvals/` and `.pulumi/updates/`. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

/** The text of a file; undefined where there is none. */
export function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Writes a file as a whole: one that is killed meanwhile leaves the old one. */
export function writeWhole(file: string, content: unknown): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(content, undefined, 2)}\n`);
  renameSync(`${file}.new`, file);
}

export function removeFile(file: string): void {
  rmSync(file, { force: true });
}

/** A stack's file in a folder. */
export const fileOf = (root: string, folder: string, stack: string, suffix = "") =>
  path.join(root, ".pulumi", folder, `${encodeURIComponent(stack)}${suffix}.json`);
