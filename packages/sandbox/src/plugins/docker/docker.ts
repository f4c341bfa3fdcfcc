/** Runs the docker command. */
import { spawn } from "node:child_process";
import type { Context } from "../shared/provider.ts";

const TAIL = 40;

/** What the command printed to stdout. Its lines are shown while it runs, unless it is to be quiet. */
export function docker(
  context: Context,
  args: string[],
  env: NodeJS.ProcessEnv,
  { quiet = false }: { quiet?: boolean } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("docker", args, { env, stdio: ["ignore", "pipe", "pipe"], signal: context.signal });
    let stdout = "";
    const lines: string[] = [];
    const take = (chunk: string): void => {
      for (const line of chunk.split(/[\r\n]+/)) {
        if (line.trim() !== "") {
          lines.push(line);
          if (!quiet) void context.log.status(line);
        }
      }
    };
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
      take(chunk);
    });
    child.stderr.setEncoding("utf8").on("data", take);
    child.on("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "ENOENT"
          ? new Error("the docker command is not on PATH: install docker and start its engine")
          : error,
      ),
    );
    child.on("close", (code) => {
      if (code === 0) {
        resolve(stdout);
      } else {
        reject(
          new Error(`docker ${args[0]} failed with exit status ${code}:\n${lines.slice(-TAIL).join("\n")}`),
        );
      }
    });
  });
}
