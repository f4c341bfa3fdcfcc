/** `npm run review`: what it does and ends with is in `options.ts`. */
import { writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { root } from "../../lib/repository.ts";
import { fingerprintOf, readApproval, writeApproval } from "./approvals.ts";
import { type Options, readOptions, UsageError, usage } from "./options.ts";
import { PreviewFailed, reviewPreview } from "./preview.ts";
import { findingLines, type Reported, report } from "./report.ts";

async function main({ format, output, approve, forwarded }: Options): Promise<number> {
  const { stack, judged } = await reviewPreview(forwarded);
  const fingerprint = fingerprintOf(stack, judged.changes);
  const seen = { stack, review: judged, fingerprint, approved: false, options: forwarded };
  const approval = approve === undefined ? undefined : approvalOf(seen, approve);
  const approved = readApproval(root, stack)?.fingerprint === fingerprint;
  const told = { ...seen, approved };
  if (output !== undefined) writeFileSync(output, report(format, told, false));
  const colour = process.stdout.isTTY && !process.env.NO_COLOR;
  process.stdout.write(report(format, told, colour));
  if (approval) {
    process.stderr.write(`${approval.said}\n`);
    return approval.code;
  }
  if (judged.weaker) return 2;
  return judged.refusals.length > 0 ? 1 : 0;
}

/** Records the approval of a diff, if it is the one that is meant and one that can be approved. */
function approvalOf({ stack, review, fingerprint }: Reported, meant: string): { said: string; code: number } {
  if (!fingerprint.startsWith(meant)) {
    return {
      said: `Not approved: the diff is no longer ${meant}. Read it as it is now; nothing was recorded.`,
      code: 1,
    };
  }
  if (review.refusals.length > 0) {
    return { said: "Not approved: the policy refuses this diff, whoever approves it.", code: 1 };
  }
  if (!review.weaker) return { said: "Nothing gets weaker: nothing to approve.", code: 0 };
  const file = writeApproval(root, {
    stack,
    fingerprint,
    approvedAt: new Date().toISOString(),
    approvedBy: userInfo().username,
    weaker: findingLines(review, false, ["weaker", "unclear"]),
  });
  return { said: `Recorded in ${file}`, code: 0 };
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(usage);
  else process.exitCode = await main(options);
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(`review: ${error.message}\n\n${usage}`);
    process.exitCode = 64;
  } else {
    const what = error instanceof PreviewFailed ? "the preview failed" : "failed";
    process.stderr.write(`review: ${what}\n${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
