import { appendFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Service } from "../contracts/contract.ts";
import { repositoryRoot } from "../core/context.ts";
import type { Shape } from "./shape.ts";

/** Names the folder in which a sandbox records its answers, and holds them to the contracts: tests set it. */
export const LIKENESS = "SANDBOX_LIKENESS";

/** Where tests have it record them, a folder for each run. */
export const recordsFolder = join(repositoryRoot, ".cache/likeness");

/** That a test made the sandbox answer an operation in this way; shapes only, no values. */
export interface Answered {
  readonly service: Service;
  /** Method and path, such as `GET /projects/:id`. */
  readonly operation: string;
  readonly status: number;
  /** The client's name for itself, without its version. */
  readonly client: string;
  /** None of an answer without JSON. */
  readonly shape?: Shape;
  /** In what it differs from the contract; empty where it does not. */
  readonly problems: readonly string[];
}

/** Writes what was answered, each line once, to a file of this process in `folder`. */
export function openRecord(folder: string): (answered: Answered) => void {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${process.pid}-${Date.now()}.jsonl`);
  const written = new Set<string>();
  return (answered) => {
    const line = JSON.stringify(answered);
    if (written.has(line)) return;
    written.add(line);
    appendFileSync(file, `${line}\n`);
  };
}

/** What was recorded in `folder` and the folders in it; nothing where there is none. */
export function readRecords(folder: string): Answered[] {
  return files(folder).flatMap((name) => {
    const lines = readFileSync(join(folder, name), "utf8").split("\n");
    // A process that is killed while it writes leaves half a line.
    return lines.filter((line) => line.endsWith("}")).map((line) => JSON.parse(line) as Answered);
  });
}

function files(folder: string): string[] {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
    return names.filter((name) => name.endsWith(".jsonl"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
