/** `npm run review`: what it does and ends with is in `options.ts`. */
import { userInfo } from "node:os";
import { fingerprintOf, readApproval, writeApproval } from "./approvals.ts";
import { review } from "./judge.ts";
import { type Options, readOptions, UsageError, usage } from "./options.ts";
import { PreviewFailed, preview, root, stackOf } from "./preview.ts";
import { findingLines, report } from "./report.ts";

async function main({ format, approve, forwarded }: Options): Promise<number> {
  const digest = await preview(forwarded);
  const stack = stackOf(digest);
  const judged = review(digest);
  const fingerprint = fingerprintOf(stack, judged.changes);
  const recorded =
    approve && judged.weaker
      ? writeApproval(root, {
          stack,
          fingerprint,
          approvedAt: new Date().toISOString(),
          approvedBy: userInfo().username,
          weaker: findingLines(judged, false, ["weaker", "unclear"]),
        })
      : undefined;
  const approved = readApproval(root, stack)?.fingerprint === fingerprint;
  const colour = process.stdout.isTTY && !process.env.NO_COLOR;
  const reported = { stack, review: judged, fingerprint, approved, options: forwarded };
  process.stdout.write(report(format, reported, colour));
  if (approve) {
    process.stderr.write(
      recorded ? `Recorded in ${recorded}\n` : "Nothing gets weaker: nothing to approve.\n",
    );
    return 0;
  }
  return judged.weaker ? 2 : 0;
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
