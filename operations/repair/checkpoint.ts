/** Checkpoints that a kill or a full disk left half written, and what they say of operations that never ended. */
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { namesIn, type StateFolder } from "./state-folder.ts";

const checkpointFile = z.object({
  checkpoint: z.object({
    latest: z.object({ pending_operations: z.array(z.object({ type: z.string() })).nullish() }).nullish(),
  }),
});

/**
 * Mends the files of a state. To be called while no process works on it.
 * @returns a line for each thing that was done
 */
export function mendFiles({ checkpoint, history, locks }: StateFolder): string[] {
  const folders = [path.dirname(checkpoint), history, locks];
  const broken = folders.flatMap((folder) =>
    namesIn(folder)
      .filter((name) => name.endsWith(".attrs"))
      .map((name) => path.join(folder, name))
      .filter((file) => belongsTo(file, checkpoint, folder) && !isJson(file)),
  );
  for (const file of broken) rmSync(file, { force: true });
  const attributes = broken.map((file) => `removed ${path.basename(file)}, which was written half`);
  return [...attributes, ...mendCheckpoint(checkpoint)];
}

/** Of the folder of all checkpoints, only the files of this one. */
function belongsTo(file: string, checkpoint: string, folder: string): boolean {
  return (
    folder !== path.dirname(checkpoint) || path.basename(file).startsWith(`${path.basename(checkpoint)}.`)
  );
}

/** Pulumi copies the checkpoint to `.bak` before it writes the next one. */
function mendCheckpoint(file: string): string[] {
  const backup = `${file}.bak`;
  if (!existsSync(file) || isJson(file) || !isJson(backup)) return [];
  copyFileSync(backup, `${file}.new`);
  renameSync(`${file}.new`, file);
  rmSync(`${file}.attrs`, { force: true });
  return [`put the checkpoint back from ${path.basename(backup)}: it was written half`];
}

function isJson(file: string): boolean {
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** Whether the checkpoint names operations that were begun and never ended. */
export function hasPendingOperations({ checkpoint }: StateFolder): boolean {
  if (!existsSync(checkpoint)) return false;
  const text = readFileSync(checkpoint, "utf8");
  if (!text.includes('"pending_operations"')) return false;
  const read = checkpointFile.safeParse(JSON.parse(text));
  return read.success && (read.data.checkpoint.latest?.pending_operations?.length ?? 0) > 0;
}

/** Whether the last update of the stack in its history is one that failed. */
export function lastUpdateFailed({ history }: StateFolder): boolean {
  const entries = namesIn(history).filter((name) => name.endsWith(".history.json"));
  for (const name of entries.reverse()) {
    const read = z
      .object({ kind: z.string(), result: z.string() })
      .safeParse(JSON.parse(readFileSync(path.join(history, name), "utf8")));
    if (read.success && ["update", "destroy"].includes(read.data.kind))
      return read.data.result !== "succeeded";
  }
  return false;
}
