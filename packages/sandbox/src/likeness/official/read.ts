import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { gitlabOperations } from "./gitlab.ts";
import { herokuOperations } from "./heroku.ts";
import type { OfficialOperations } from "./operation.ts";

/** Reads the official descriptions of a folder; the error names the file that is not there or of another form. */
export function readOfficial(folder: string): OfficialOperations {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), "utf8"));
  return new Map([
    ...told(folder, "gitlab-api.json and gitlab-recorded.json", () =>
      gitlabOperations(read("gitlab-api.json"), read("gitlab-recorded.json")),
    ),
    ...told(folder, "heroku-api.json", () => herokuOperations(read("heroku-api.json"))),
  ]);
}

function told<T>(folder: string, names: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error).slice(0, 500) : String(error);
    throw new Error(`--contracts ${folder}: ${names} cannot be used: ${why}`);
  }
}
