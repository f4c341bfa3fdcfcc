import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { patientWriter } from "../core/full-disk.ts";

const BOLD_GREEN = "\x1b[32;1m";
const BOLD_CYAN = "\x1b[36;1m";
const BOLD_RED = "\x1b[31;1m";
const RESET = "\x1b[0;m";

/** A job's log on disk. Every line passes the masker before it is written. */
export interface Trace {
  line(text: string): void;
  /** A step of the runner. */
  step(text: string): void;
  /** A command that is about to run. */
  command(text: string): void;
  success(text: string): void;
  error(text: string): void;
  close(): void;
}

const MAX_BYTES = 4 * 1024 * 1024;

/** Opens a log for writing, at its end. */
export function openTrace(file: string, mask: (text: string) => string): Trace {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const handle = openSync(file, "a", 0o600);
  const append = patientWriter((text) => writeSync(handle, text));
  let written = 0;
  let full = false;
  const write = (text: string) => {
    const size = Buffer.byteLength(text);
    if (written + size > MAX_BYTES) {
      if (!full) append(`\n${BOLD_RED}Job's log exceeded limit of ${MAX_BYTES} bytes.${RESET}\n`);
      full = true;
      return;
    }
    written += size;
    append(text);
  };
  const coloured = (colour: string) => (text: string) => write(`${colour}${mask(text)}${RESET}\n`);
  return {
    line: (text) => write(`${mask(text)}\n`),
    step: coloured(BOLD_CYAN),
    command: coloured(BOLD_GREEN),
    success: coloured(BOLD_GREEN),
    error: coloured(BOLD_RED),
    close: () => closeSync(handle),
  };
}
