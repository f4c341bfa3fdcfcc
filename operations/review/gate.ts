/**
 * What stands before `pulumi up`, and before `pulumi destroy` of some resources: a diff that weakens something is refused,
 * unless exactly that diff is approved.
 */
import { type ExitCode, exitCode, isDecorated, messageOf } from "@tag-to-endpoint/command-line";
import { readApproval, removeApproval } from "../../lib/consent/approval.ts";
import { endUpdate, readUnfinished } from "../../lib/consent/unfinished.ts";
import { root } from "../../lib/repository.ts";
import type { Exported } from "../cli/exported.ts";
import { saysAppIsGone } from "../cli/gone-apps.ts";
import type { Unchanged } from "../cli/nothing-to-do.ts";
import { isTargeted, optionIn, shortName, stackIn } from "../cli/pulumi-words.ts";
import { fingerprintOf } from "./approvals.ts";
import { type Consented, consentTo, otherWords } from "./consent.ts";
import { previewOptions } from "./options.ts";
import { before, type Operation, reviewPreview } from "./preview.ts";
import { approvalWords, findingLines, refusalLines } from "./report.ts";
import { type Beginning, beginUpdate } from "./unfinished.ts";

/** What to do after an error that only names what went wrong. */
const GO_ON = "Where this names something to put right, do that; then run the same command again.";

/** Whether an update may run. */
export type Verdict =
  | {
      readonly mayRun: true;
      /** Whether the update has to look first at what there is, since the state does not say it. */
      readonly refreshes: boolean;
      /** Whether it is to do what the plan of the review says and no more: what somebody approved. */
      readonly isPlanned: boolean;
      /** What the review saw where the update would leave everything as it is. */
      readonly unchanged?: Unchanged;
      /** To be called before the update begins. */
      begins(): void;
      /** To be called when the update succeeded: an approval is for one update. */
      applied(): void;
    }
  | { readonly mayRun: false; readonly code: ExitCode };

/**
 * Reviews an update before it runs; what it finds is told on standard error.
 *
 * @param stack the stack that is meant, or ""
 * @param upArguments the command line of `pulumi up`
 * @param plan file for Pulumi's plan of what the review showed
 * @param exported the stack's state
 */
export async function gate(
  stack: string,
  upArguments: readonly string[],
  plan: string,
  exported: Exported,
): Promise<Verdict> {
  try {
    return await judge(stack, upArguments, plan, exported);
  } catch (error) {
    const said = messageOf(error);
    process.stderr.write(`The review before the update failed; nothing was changed.\n${said}\n${GO_ON}\n`);
    if (saysAppIsGone(said))
      process.stderr.write(
        "An app of the stack was deleted outside. Fix: npm run drift shows the command that brings it back.\n",
      );
    return { mayRun: false, code: exitCode.failed };
  }
}

async function judge(
  stack: string,
  upArguments: readonly string[],
  plan: string,
  exported: Exported,
): Promise<Verdict> {
  const { isEmpty, unfinished } = await before(exported);
  const refreshes = unfinished.length > 0;
  const isPartial = isTargeted(upArguments);
  if (isEmpty) return allow(stack, refreshes, { isFirst: true, changes: [], isPartial });
  const given = previewOptions(upArguments);
  const options =
    refreshes && optionIn(given, "--refresh", "-r") === undefined ? [...given, "--refresh"] : given;
  if (refreshes)
    process.stderr.write(
      `The last update of ${unfinished.join(", ")} failed; the stack is refreshed first.\n`,
    );
  const { name, judged, unchanged, ...found } = await reviewed(stack, options, "up", plan);
  const beginning = { isFirst: false, changes: judged.changes, isPartial };
  if ("code" in found) return { mayRun: false, code: found.code };
  return {
    ...allow(name, refreshes, { ...beginning, ...found }),
    ...(unchanged && !refreshes && { unchanged }),
  };
}

type Reviewed = Awaited<ReturnType<typeof reviewPreview>>["judged"];

/** What a preview shows, and whether it may be done: told on standard error where that is a question. */
async function reviewed(
  stack: string,
  given: readonly string[],
  operation: Operation,
  plan?: string,
): Promise<
  { name: string; judged: Reviewed; unchanged?: Unchanged } & (Partial<Consented> | { code: ExitCode })
> {
  const isNamed = stack === "" || stackIn(given) !== undefined;
  const options = isNamed ? given : [...given, "--stack", stack];
  const { stack: name, judged, unchanged } = await reviewPreview(options, operation, plan);
  if (!judged.weaker && judged.refusals.length === 0)
    return { name, judged, ...(unchanged && { unchanged }) };
  const lines = findingLines(judged, isDecorated(process.stderr), ["weaker", "unclear"]);
  if (judged.refusals.length > 0) {
    const told = [...lines, ...refusalLines(judged)].join("\n").trim();
    process.stderr.write(`The policy refuses this; nothing was changed.\n\n${told}\n`);
    return { name, judged, code: exitCode.failed };
  }
  const fingerprint = fingerprintOf(name, judged.changes);
  const consent = consentTo(name, judged, fingerprint);
  if (consent) {
    const { words, ...consented } = consent;
    process.stderr.write(`${words}:\n${lines.join("\n")}\n\n`);
    return { name, judged, ...consented };
  }
  const how = approvalWords({
    stack: name,
    review: judged,
    fingerprint,
    approved: false,
    options: given,
    operation,
  });
  const other = otherWords(name, fingerprint);
  process.stderr.write(
    `This would weaken what protects the stack; nothing was changed.\n\n${lines.join("\n")}\n${other}\n${how}\n`,
  );
  return { name, judged, code: exitCode.attention };
}

/**
 * Reviews the removal of some resources before it runs. That of all of them takes what they protect along.
 * @returns what it ends with where it may not run
 */
export async function gateDestroy(
  stack: string,
  args: readonly string[],
): Promise<{ applied(): void } | { code: ExitCode }> {
  if (!isTargeted(args)) return { applied: () => {} };
  try {
    const found = await reviewed(stack, previewOptions(args), "destroy");
    if ("code" in found) return { code: found.code };
    return {
      applied() {
        if (found.approval !== undefined) removeApproval(root, found.name);
      },
    };
  } catch (error) {
    process.stderr.write(`The review before the removal failed; nothing was changed.\n${messageOf(error)}\n`);
    return { code: exitCode.failed };
  }
}

function allow(stack: string, refreshes: boolean, beginning: Beginning): Verdict {
  const name = shortName(stack);
  return {
    mayRun: true,
    refreshes,
    isPlanned: beginning.approval !== undefined,
    begins: () => beginUpdate(root, name, beginning),
    applied() {
      const used = readUnfinished(root, name)?.approvals ?? [];
      const approval = readApproval(root, name);
      if (approval && used.includes(approval.fingerprint)) removeApproval(root, name);
      endUpdate(root, name);
    },
  };
}
