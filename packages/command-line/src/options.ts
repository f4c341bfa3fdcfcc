import { Option } from "@commander-js/extra-typings";

/** The forms that a report can have. */
export const FORMATS = ["text", "json", "markdown"] as const;
export type Format = (typeof FORMATS)[number];

/** `--stack`, for a command about one stack. */
export function stackOption() {
  return new Option("-s, --stack <name>", "the stack (default: the selected one)");
}

/** `--format`, for a command with a report. */
export function formatOption() {
  return new Option("--format <format>", "how the report is written")
    .choices(FORMATS)
    .default("text" as Format);
}

/** `--output`, for a command with a report. */
export function outputOption() {
  return new Option("-o, --output <file>", "also write the report to this file");
}
