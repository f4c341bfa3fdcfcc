import type { Environment } from "@tag-to-endpoint/journey";

/** Runs `npm run rotate` on the environment's stack, without the set-up before it; returns what it says. */
export function rotate(environment: Environment, ...args: string[]): Promise<string> {
  const words = ["operations/rotation/main.ts", "--stack", environment.stack, ...args];
  return environment.log.run("rotate", "node", words, { cwd: environment.root, env: environment.env });
}
