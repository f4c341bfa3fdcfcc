import { appendFileSync, mkdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { patientWriter } from "./full-disk.ts";

/** A service's log: one line a message, never with a secret in it. */
export interface Logger {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

const ROTATE_BYTES = 5 * 1024 * 1024;

/**
 * Opens `<dir>/<service>.log` for appending. Writes are synchronous, so the last line before a crash is
 * on disk, unless that is full; a file that has grown large is moved to `.1` at opening.
 */
export function openLog(dir: string, service: string): Logger {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = join(dir, `${service}.log`);
  rotate(file);
  const append = patientWriter((text) => appendFileSync(file, text, { mode: 0o600 }));
  const write = (level: string, message: string) => {
    const line = message.replaceAll(/\s*\n\s*/g, " | ");
    append(`${new Date().toISOString()} ${level} ${line}\n`);
  };
  return {
    info: (message) => write("info", message),
    warn: (message) => write("warn", message),
    error: (message) => write("error", message),
  };
}

/** Moves a log that has grown large out of the way, so that a long-lived sandbox does not fill the disk. */
export function rotate(file: string): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > ROTATE_BYTES) renameSync(file, `${file}.1`);
}

/** The text of an error for a log or a message: its cause included, its stack left out. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const nested = error instanceof AggregateError ? error.errors.map(describeError).join("; ") : "";
  const text = error.message || nested || error.name;
  return error.cause === undefined ? text : `${text}: ${describeError(error.cause)}`;
}
