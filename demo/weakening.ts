import { copyFile } from "node:fs/promises";
import path from "node:path";
import { CommandFailed, type Environment, pulumi } from "@tag-to-endpoint/journey";

/** What `npm run review` and `npx pulumi up` end with where something gets weaker. */
const WEAKER = 2;

/**
 * Asks for a rule that lets Developers create version tags: the review says what gets weaker, and `pulumi up` refuses
 * it. Returns the review's line. The stack's own settings file is not touched.
 */
export async function refusedWeakening(environment: Environment): Promise<string> {
  const { root, stack, env, log, workFolder } = environment;
  const settings = path.join(workFolder, "weaker.yaml");
  await copyFile(path.join(root, `Pulumi.${stack}.yaml`), settings);
  const file = ["--config-file", settings];
  await pulumi(environment, "review", ["config", "set", "mlops:tagCreateAccessLevel", "developer", ...file]);
  const review = log.run("review", "node", ["operations/review/main.ts", ...file], {
    cwd: root,
    env: { ...env, PULUMI_STACK: stack },
  });
  const line = (await outputOfRefusal(review)).split("\n").find((text) => text.startsWith("WEAKER "));
  if (!line) throw new Error(`the review named nothing that gets weaker; its output: ${log.folder}`);
  await outputOfRefusal(pulumi(environment, "review", ["up", "--yes", "--skip-preview", ...file]));
  return line;
}

async function outputOfRefusal(run: Promise<string>): Promise<string> {
  try {
    await run;
  } catch (error) {
    if (error instanceof CommandFailed && error.code === WEAKER) return error.output;
    throw error;
  }
  throw new Error("nothing refused a rule that lets Developers create version tags");
}
