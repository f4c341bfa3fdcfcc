/** What stands before `pulumi up`: a diff that weakens something is refused, unless exactly that diff is approved. */
import { type ExitCode, exitCode, isDecorated, messageOf } from "@tag-to-endpoint/command-line";
import { root } from "../../lib/repository.ts";
import { saysAppIsGone } from "../cli/gone-apps.ts";
import { optionIn, shortName, stackIn } from "../cli/pulumi-words.ts";
import { fingerprintOf, readApproval, removeApproval } from "./approvals.ts";
import type { Review } from "./judge.ts";
import { previewOptions } from "./options.ts";
import { before, reviewPreview } from "./preview.ts";
import { approvalWords, findingLines, refusalLines } from "./report.ts";
import { type Beginning, beginUpdate, endUpdate, isRestOf, readUnfinished } from "./unfinished.ts";

/** What to do after an error that only names what went wrong. */
const GO_ON = "Where this names something to put right, do that; then run the same command again.";

/** Whether an update may run. */
export type Verdict =
  | {
      readonly mayRun: true;
      /** Whether the update has to look first at what there is, since the state does not say it. */
      readonly refreshes: boolean;
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
 */
export async function gate(stack: string, upArguments: readonly string[]): Promise<Verdict> {
  try {
    return await judge(stack, upArguments);
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

async function judge(stack: string, upArguments: readonly string[]): Promise<Verdict> {
  const { isEmpty, unfinished } = await before(stack);
  const refreshes = unfinished.length > 0;
  if (isEmpty) return allow(stack, refreshes, { isFirst: true, changes: [] });
  const given = previewOptions(upArguments);
  const options =
    refreshes && optionIn(given, "--refresh", "-r") === undefined ? [...given, "--refresh"] : given;
  if (refreshes)
    process.stderr.write(
      `The last update of ${unfinished.join(", ")} failed; the stack is refreshed first.\n`,
    );
  const isNamed = stack === "" || stackIn(options) !== undefined;
  const { stack: name, judged } = await reviewPreview(isNamed ? options : [...options, "--stack", stack]);
  const beginning = { isFirst: false, changes: judged.changes };
  if (!judged.weaker && judged.refusals.length === 0) return allow(name, refreshes, beginning);
  const lines = findingLines(judged, isDecorated(process.stderr), ["weaker", "unclear"]);
  if (judged.refusals.length > 0) {
    const told = [...lines, ...refusalLines(judged)].join("\n").trim();
    process.stderr.write(`The policy refuses this; nothing was changed.\n\n${told}\n`);
    return { mayRun: false, code: exitCode.failed };
  }
  const fingerprint = fingerprintOf(name, judged.changes);
  const consent = consentTo(name, judged, fingerprint);
  if (consent) {
    process.stderr.write(`${consent.words}:\n${lines.join("\n")}\n\n`);
    return allow(name, refreshes, { ...beginning, ...consent });
  }
  const other = readApproval(root, name) ? "\nThe approval of this stack is for another change.\n" : "\n";
  const how = approvalWords({ stack: name, review: judged, fingerprint, approved: false, options });
  process.stderr.write(
    `This would weaken what protects the stack; nothing was changed.\n\n${lines.join("\n")}\n${other}${how}\n`,
  );
  return { mayRun: false, code: exitCode.attention };
}

/** Why a diff that weakens may be applied all the same: approved, or the rest of one that was allowed. */
function consentTo(
  stack: string,
  judged: Review,
  fingerprint: string,
): { words: string; approval?: string } | undefined {
  const approval = readApproval(root, stack);
  if (approval?.fingerprint === fingerprint)
    return {
      words: `Approved by ${approval.approvedBy} at ${approval.approvedAt}`,
      approval: fingerprint,
    };
  const unfinished = readUnfinished(root, stack);
  if (!unfinished || !isRestOf(unfinished, judged)) return undefined;
  return {
    words: `The rest of the update of ${unfinished.startedAt}, which was allowed and did not succeed`,
  };
}

function allow(stack: string, refreshes: boolean, beginning: Beginning): Verdict {
  const name = shortName(stack);
  return {
    mayRun: true,
    refreshes,
    begins: () => beginUpdate(root, name, beginning),
    applied() {
      const used = readUnfinished(root, name)?.approvals ?? [];
      const approval = readApproval(root, name);
      if (approval && used.includes(approval.fingerprint)) removeApproval(root, name);
      endUpdate(root, name);
    },
  };
}
