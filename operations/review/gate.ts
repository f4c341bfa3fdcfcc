/**
 * Run by the launcher before `pulumi up`, with the stack and the arguments of that `up`: refuses a diff that
 * weakens something, unless exactly that diff is approved. Ends with 0: go on; 3: go on, approved; 2: refused;
 * 1: the preview failed, or the policy refuses it. With `--applied` it forgets the stack's approval instead: it was
 * for one up.
 */
import { root } from "../../lib/repository.ts";
import { fingerprintOf, readApproval, removeApproval } from "./approvals.ts";
import { previewOptions } from "./options.ts";
import { isEmpty, reviewPreview } from "./preview.ts";
import { approvalWords, findingLines, refusalLines } from "./report.ts";

async function gate(stack: string, upArguments: readonly string[]): Promise<number> {
  if (await isEmpty(stack)) return 0;
  const options = previewOptions(upArguments);
  const { stack: name, judged } = await reviewPreview(options);
  if (!judged.weaker && judged.refusals.length === 0) return 0;
  const fingerprint = fingerprintOf(name, judged.changes);
  const approval = readApproval(root, name);
  const approved = approval?.fingerprint === fingerprint;
  const colour = process.stderr.isTTY && !process.env.NO_COLOR;
  const lines = findingLines(judged, colour, ["weaker", "unclear"]);
  if (judged.refusals.length > 0) {
    const told = [...lines, ...refusalLines(judged)].join("\n").trim();
    process.stderr.write(`The policy refuses this; nothing was changed.\n\n${told}\n`);
    return 1;
  }
  if (approved) {
    process.stderr.write(
      `Approved by ${approval.approvedBy} at ${approval.approvedAt}:\n${lines.join("\n")}\n\n`,
    );
    return 3;
  }
  const other = approval ? "\nWhat is approved for this stack is another diff.\n" : "\n";
  const how = approvalWords({ stack: name, review: judged, fingerprint, approved, options });
  process.stderr.write(
    `This would weaken what protects the stack; nothing was changed.\n\n${lines.join("\n")}\n${other}${how}\n`,
  );
  return 2;
}

const [first = "", second = "", ...rest] = process.argv.slice(2);
try {
  if (first === "--applied") removeApproval(root, second.split("/").at(-1) as string);
  else process.exitCode = await gate(first, [second, ...rest]);
} catch (error) {
  const words = error instanceof Error ? error.message : String(error);
  process.stderr.write(`The review before the update failed; nothing was changed.\n${words}\n`);
  process.exitCode = 1;
}
