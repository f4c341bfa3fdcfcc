import { userInfo } from "node:os";
import { type ExitCode, exitCode, writeReport } from "@tag-to-endpoint/command-line";
import { root } from "../../lib/repository.ts";
import { fingerprintOf, readApproval, writeApproval } from "./approvals.ts";
import type { Options } from "./options.ts";
import { PreviewFailed, reviewPreview } from "./preview.ts";
import { findingLines, type Reported, report } from "./report.ts";

/** Reviews the stack that the options name, and records the approval that they ask for. */
export async function reviewStack({ format, output, approve, forwarded }: Options): Promise<ExitCode> {
  const { stack, judged } = await preview(forwarded);
  const fingerprint = fingerprintOf(stack, judged.changes);
  const seen = { stack, review: judged, fingerprint, approved: false, options: forwarded };
  const approval = approve === undefined ? undefined : approvalOf(seen, approve);
  const approved = readApproval(root, stack)?.fingerprint === fingerprint;
  const told = { ...seen, approved };
  await writeReport((colour) => report(format, told, colour), output);
  if (approval) {
    process.stderr.write(`${approval.said}\n`);
    return approval.code;
  }
  if (judged.weaker) return exitCode.attention;
  return judged.refusals.length > 0 ? exitCode.failed : exitCode.done;
}

async function preview(forwarded: readonly string[]): ReturnType<typeof reviewPreview> {
  try {
    return await reviewPreview(forwarded);
  } catch (error) {
    if (error instanceof PreviewFailed)
      throw new Error(`the preview failed\n${error.message}`, { cause: error });
    throw error;
  }
}

interface Approved {
  readonly said: string;
  readonly code: ExitCode;
}

/** Records the approval of a diff, if it is the one that is meant and one that can be approved. */
function approvalOf({ stack, review, fingerprint }: Reported, meant: string): Approved {
  if (!fingerprint.startsWith(meant)) {
    return {
      said: `Not approved: the change is no longer ${meant}. Read the report again; nothing was recorded.`,
      code: exitCode.failed,
    };
  }
  if (review.refusals.length > 0) {
    return {
      said: "Not approved: the policy refuses this change, and no approval changes that.",
      code: exitCode.failed,
    };
  }
  if (!review.weaker)
    return { said: "Nothing gets weaker, so there is nothing to approve.", code: exitCode.done };
  const file = writeApproval(root, {
    stack,
    fingerprint,
    approvedAt: new Date().toISOString(),
    approvedBy: userInfo().username,
    weaker: findingLines(review, false, ["weaker", "unclear"]),
  });
  return { said: `Recorded in ${file}`, code: exitCode.done };
}
