import type { Environment } from "@tag-to-endpoint/journey";
import type { Told as Unmanaged } from "../../operations/drift/report.ts";
import type { DriftedResource } from "../../operations/drift/resources.ts";
import { stackCommand } from "./stack-command.ts";

/** What `npm run drift -- --format json` tells. */
export interface DriftReport {
  drifted: boolean;
  drift: DriftedResource[];
  unmanaged: Unmanaged[];
  notes: string[];
}

/** Runs `npm run drift` on the environment's stack, without the set-up before it. @throws where it tells nothing */
export async function driftOf(
  environment: Environment,
): Promise<{ code: number | null; report: DriftReport }> {
  const words = ["operations/drift/main.ts", "--format", "json"];
  const { code, stdout, stderr } = await stackCommand(environment, "node", words);
  if (stdout === "") throw new Error(`drift ended with ${code}: ${stderr}`);
  return { code, report: JSON.parse(stdout) as DriftReport };
}
