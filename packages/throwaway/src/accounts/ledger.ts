/**
 * What a run creates on somebody's accounts, in a file: a line before each creation is asked for, and one for what came
 * of it. So nothing can be there that the file does not name, wherever a run ends.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import path from "node:path";
import type { Creation } from "./creations.ts";

/** How far an entry has come. `asked` may exist or not: the answer never came. */
export type EntryState = "asked" | "created" | "refused" | "removed";

export interface Entry extends Creation {
  readonly number: number;
  readonly state: EntryState;
  /** The service's own number or identifier, once it told it. */
  readonly id?: string;
}

export interface Ledger {
  readonly file: string;
  /** Notes what is about to be asked for; on disk when it returns. Gives the entry's number. */
  ask(creation: Creation): number;
  created(number: number, id: string | undefined): void;
  refused(number: number, status: number): void;
  removed(number: number): void;
  /** All entries, as they stand. */
  entries(): Entry[];
  close(): void;
}

type Line =
  | ({ readonly event: "asked"; readonly number: number } & Creation)
  | { readonly event: "created"; readonly number: number; readonly id?: string }
  | { readonly event: "refused"; readonly number: number; readonly status: number }
  | { readonly event: "removed"; readonly number: number };

/** Opens a ledger, a new one or that of a run that was interrupted. */
export function openLedger(file: string): Ledger {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const handle = openSync(file, "a", 0o600);
  let count = readLedger(file).length;
  const write = (line: Line) => {
    writeSync(handle, `${JSON.stringify({ at: new Date().toISOString(), ...line })}\n`);
    fsyncSync(handle);
  };
  return {
    file,
    ask(creation) {
      count += 1;
      write({ event: "asked", number: count, ...creation });
      return count;
    },
    created: (number, id) => write({ event: "created", number, ...(id !== undefined && { id }) }),
    refused: (number, status) => write({ event: "refused", number, status }),
    removed: (number) => write({ event: "removed", number }),
    entries: () => readLedger(file),
    close: () => closeSync(handle),
  };
}

function readLedger(file: string): Entry[] {
  const entries = new Map<number, Entry>();
  for (const text of readFileSync(file, "utf8").split("\n")) {
    const line = lineIn(text);
    if (!line) continue;
    if (line.event === "asked") {
      const { service, kind, name, within } = line;
      const creation = { service, kind, name, ...(within !== undefined && { within }) };
      entries.set(line.number, { ...creation, number: line.number, state: "asked" });
      continue;
    }
    const entry = entries.get(line.number);
    if (!entry) throw new Error(`${file}: line about entry ${line.number}, which is not there`);
    const id = line.event === "created" ? line.id : undefined;
    entries.set(line.number, { ...entry, state: line.event, ...(id !== undefined && { id }) });
  }
  return [...entries.values()];
}

/** A line, or undefined for an empty one and for the half of one at the end of a run that was killed. */
function lineIn(text: string): Line | undefined {
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}
