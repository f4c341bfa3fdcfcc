import type { Environment } from "@tag-to-endpoint/journey";

/** Runs `npm run review -- --approve` on the environment's stack, without the set-up before it; returns what it says. */
export function approve(environment: Environment): Promise<string> {
  return environment.log.run("review", "node", ["operations/review/main.ts", "--approve"], {
    cwd: environment.root,
    env: { ...environment.env, PULUMI_STACK: environment.stack },
  });
}
