/**
 * What the program wants, where the state does not say it: `pulumi refresh` writes what it found into the state, and
 * what somebody changed would be the baseline of every later look.
 */
import { errorsIn, readDigest, type Step, wholeSteps } from "../../../lib/pulumi/preview.ts";
import { pulumi } from "../../cli/run-pulumi.ts";

/** An entry of `pulumi stack history --json`, the newest first. */
interface Update {
  readonly kind: string;
  readonly result: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Whether a refresh wrote into the state after the last update of the whole stack. */
export function wasRefreshed(history: readonly Update[]): boolean {
  const at = history.findIndex(
    ({ kind, result, environment }) =>
      kind === "update" && result === "succeeded" && environment?.["pulumi.flag.target"] === undefined,
  );
  return history.slice(0, at < 0 ? history.length : at).some(({ kind }) => kind === "refresh");
}

/** Steps of a refresh with what the program wants in the place of what the state says. */
export function withProgram(steps: readonly Step[], wanted: readonly Step[]): Step[] {
  const byUrn = new Map(steps.map((step) => [step.urn, step]));
  const changed = wholeSteps(wanted).flatMap((step): Step[] => {
    const { urn, newState } = step;
    const live = byUrn.get(urn);
    if (!newState || !["update", "replace", "create"].includes(step.op)) return [];
    if (!live) return [{ urn, op: "delete", oldState: newState }];
    if (live.op === "delete") return [];
    return [
      {
        urn,
        op: "update",
        oldState: { ...live.oldState, inputs: newState.inputs ?? {} },
        newState: live.newState ?? live.oldState ?? {},
        detailedDiff: step.detailedDiff ?? live.detailedDiff,
      },
    ];
  });
  const urns = new Set(changed.map(({ urn }) => urn));
  return [...steps.filter(({ urn }) => !urns.has(urn)), ...changed];
}

/**
 * The steps of a refresh, against the program where the state was refreshed since the last update.
 * @throws when the program cannot be asked: nobody knows then what it wants
 */
export async function againstProgram(steps: readonly Step[], stack: string): Promise<readonly Step[]> {
  const history = await pulumi(["stack", "history", "--json", "--page-size", "100", "--stack", stack]);
  if (history.code !== 0 || !wasRefreshed(JSON.parse(history.stdout) as Update[])) return steps;
  const { code, stdout, stderr } = await pulumi(["preview", "--json", "--stack", stack]);
  const digest = readDigest(stdout);
  const errors = digest ? errorsIn(digest).map(({ message }) => message.trim()) : [];
  if (digest?.steps && code === 0 && errors.length === 0) return withProgram(steps, digest.steps);
  const said = errors.join("\n") || stderr.trim() || `code ${code}`;
  throw new Error(
    `stack ${stack} was refreshed after its last update, so only the program says what it should be, and its ` +
      `preview failed: ${said}`,
  );
}
