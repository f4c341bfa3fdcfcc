import { type HttpResponse, Unreachable } from "../../lib/http/request.ts";
import { setCommand } from "../config/config.ts";
import type { SettingProblem } from "../config/problems.ts";

/** A request to a service. If nothing answers, the setting with the service's address is the problem. */
export async function reach(
  { setting, example, variable }: { setting: string; example: string; variable: string },
  problems: SettingProblem[],
  exchange: () => Promise<HttpResponse>,
): Promise<HttpResponse | undefined> {
  try {
    return await exchange();
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    problems.push({
      setting,
      found: error.message,
      allowed: "an address that answers",
      fix: `start it, or ${setCommand(setting, example)} (or set ${variable})`,
    });
    return undefined;
  }
}
