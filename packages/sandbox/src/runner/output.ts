import { StringDecoder } from "node:string_decoder";
import { MARK, PROMPT } from "./script.ts";
import type { Trace } from "./trace.ts";

const capital = (text: string) => text.replace(/^./, (first) => first.toUpperCase());

/**
 * Turns the output of gitlab-ci-local into a job's log. Its lines are `<job> > <output>`, `<job> $ <command>`
 * and `<job> <what the tool itself does>`; what follows the job's end is a summary that is not wanted.
 */
export function createOutputReader(jobName: string, trace: Trace): OutputReader {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  let exitCode: number | undefined;
  let started = false;
  let ended = false;
  const problems: string[] = [];
  const cacheKeys: string[] = [];

  /** What the tool says of its own doings. */
  const ofTool = (text: string) => {
    if (text.startsWith("finished in ")) {
      const failed = / (?:FAIL|WARN)\s+(\d+)\s*$/.exec(text)?.[1];
      if (failed !== undefined) exitCode = Number(failed);
      else exitCode ??= 0;
      return;
    }
    const made = /^cache created in '.*\/cache\/([^']*)'/.exec(text)?.[1];
    if (made !== undefined) {
      cacheKeys.push(made);
      trace.step(`Created cache '${made}'`);
    } else if (/^(imported cache|imported artifacts|exported artifacts)/.test(text))
      trace.step(capital(text));
    else if (text.startsWith("Running after script")) trace.step("Running after_script");
    else if (/could not be found|was empty|no artifacts was copied/.test(text)) trace.line(text);
  };
  /** What stands behind the job's name. */
  const ofJob = (message: string) => {
    if (message.startsWith("> ")) {
      // The tool's sign of life after ten silent seconds.
      if (message === "> still running...") return;
      started = true;
      const output = message.slice(2);
      if (output.startsWith(PROMPT)) trace.command(output.slice(1));
      else trace.line(output);
    } else if (message.startsWith("$ ") && message.includes(MARK)) started = true;
    else ofTool(message);
  };
  const line = (text: string) => {
    if (text.startsWith(`${jobName} `)) ofJob(text.slice(jobName.length + 1));
    else if (/^\s*(PASS|FAIL|WARN)\s/.test(text)) ended = true;
    else if (ended) return;
    else if (started && /^WARNING|: found \d+ artifact/.test(text)) trace.line(text);
    else if (text.trim() !== "" && !/^\s+at /.test(text)) problems.push(text.trim());
  };
  return {
    push(part) {
      rest += decoder.write(part);
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      for (const one of lines) line(one.replace(/\r$/, ""));
    },
    end() {
      rest += decoder.end();
      if (rest !== "") line(rest);
      rest = "";
    },
    get exitCode() {
      return exitCode;
    },
    get started() {
      return started;
    },
    problems,
    cacheKeys,
  };
}

export interface OutputReader {
  push(part: Buffer): void;
  end(): void;
  /** The script's exit code, once it is known. */
  readonly exitCode: number | undefined;
  /** Whether the script began. */
  readonly started: boolean;
  /** What the tool said of itself outside of the script. */
  readonly problems: string[];
  /** Keys of the caches that the job has made. */
  readonly cacheKeys: string[];
}
