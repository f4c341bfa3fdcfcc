/**
 * Apps that were deleted outside the stack. Heroku's provider notices it when it reads the app, but it cannot delete what
 * is gone, and it cannot read the dynos of such an app: refresh and destroy of the whole stack fail. Dropped from the state
 * by itself, the app is in nobody's way.
 */
import { readDigest } from "../../lib/pulumi/preview.ts";
import { types } from "../../lib/pulumi/types.ts";
import { nameIn } from "../../lib/pulumi/urn.ts";
import { pulumi } from "./run-pulumi.ts";

/** Whether an error of the provider says that an app is gone: https://devcenter.heroku.com/articles/platform-api-reference */
export function saysAppIsGone(message: string): boolean {
  return message.includes("Couldn't find that app");
}

/** The command that drops an app from the state. */
export function dropCommand(stack: string, urn: string): string {
  return `npx pulumi refresh --stack ${stack} --yes --target '${urn}'`;
}

/** Drops those apps from the state that are gone, and says so. What cannot be looked at is left to Pulumi itself. */
export async function dropGoneApps(stack: string): Promise<void> {
  for (const urn of await appsIn(stack)) {
    const target = ["--stack", stack, "--target", urn];
    const { code, stdout } = await pulumi(["refresh", "--preview-only", "--json", ...target]);
    const steps = code === 0 ? readDigest(stdout)?.steps : undefined;
    if (!steps?.some((step) => step.urn === urn && step.op === "delete")) continue;
    process.stderr.write(
      `App ${nameIn(urn)} was deleted outside the stack; it is dropped from the state first.\n`,
    );
    await pulumi(["refresh", "--yes", "--skip-preview", ...target]);
  }
}

async function appsIn(stack: string): Promise<string[]> {
  const { code, stdout } = await pulumi(["stack", "export", "--stack", stack]);
  if (code !== 0) return [];
  const { deployment } = JSON.parse(stdout) as {
    deployment?: { resources?: { type: string; urn: string }[] };
  };
  return (deployment?.resources ?? []).filter(({ type }) => type === types.heroku.app).map(({ urn }) => urn);
}
