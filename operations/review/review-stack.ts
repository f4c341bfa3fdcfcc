/** `npm run review`: what a change would weaken, and the approvals that it records. */
import { type ExitCode, exitCode, writeReport } from "@tag-to-endpoint/command-line";
import { credentialsOf } from "../../infra/guard/addresses.ts";
import { approveAddresses } from "../../lib/consent/addresses.ts";
import { isInForce, readApproval, writeApproval } from "../../lib/consent/approval.ts";
import { root } from "../../lib/repository.ts";
import { refusedAddresses } from "../cli/addresses.ts";
import { shortName, stackIn } from "../cli/pulumi-words.ts";
import { stackName } from "../cli/run-pulumi.ts";
import { allowedOf, fingerprintOf } from "./approvals.ts";
import { consentNow } from "./giver.ts";
import type { ApproveAddress, Options } from "./options.ts";
import { PreviewFailed, reviewPreview } from "./preview.ts";
import { findingLines, type Reported, report } from "./report.ts";

/** Reviews the stack that the options name, and records the approval that they ask for. */
export async function reviewStack(options: Options): Promise<ExitCode> {
  const { format, output, approve, approveAddress, validHours, destroy, forwarded } = options;
  if (approveAddress) return recordAddresses(await stackName(stackIn(forwarded)), approveAddress, validHours);
  // A preview runs the program, which asks the services: not with a credential for an address that nobody approved.
  const refused = await refusedAddresses(await stackName(stackIn(forwarded)), forwarded);
  if (refused !== undefined) {
    process.stderr.write(refused);
    return exitCode.attention;
  }
  const operation = destroy ? "destroy" : "up";
  const { stack, judged } = await preview(forwarded, operation);
  const fingerprint = fingerprintOf(stack, judged.changes);
  const seen = {
    stack,
    review: judged,
    fingerprint,
    approved: false,
    options: forwarded,
    operation,
  } as const;
  const approval = approve === undefined ? undefined : await approvalOf(seen, approve, validHours);
  const recorded = readApproval(root, stack);
  const approved = recorded?.fingerprint === fingerprint && isInForce(recorded);
  const told = { ...seen, approved };
  await writeReport((colour) => report(format, told, colour), output);
  if (approval) {
    process.stderr.write(`${approval.said}\n`);
    return approval.code;
  }
  if (judged.weaker) return exitCode.attention;
  return judged.refusals.length > 0 ? exitCode.failed : exitCode.done;
}

async function preview(...given: Parameters<typeof reviewPreview>): ReturnType<typeof reviewPreview> {
  try {
    return await reviewPreview(...given);
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
async function approvalOf(
  { stack, review, fingerprint }: Reported,
  meant: string,
  hours: number,
): Promise<Approved> {
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
  const consent = await consentNow(hours);
  const file = writeApproval(root, {
    ...consent,
    stack,
    fingerprint,
    weaker: findingLines(review, false, ["weaker", "unclear"]),
    changes: review.changes.map(allowedOf),
  });
  return { said: `Recorded in ${file}; it holds until ${consent.validUntil}.`, code: exitCode.done };
}

/** Records addresses that a credential may be sent to. */
async function recordAddresses(
  stack: string,
  addresses: readonly ApproveAddress[],
  hours: number,
): Promise<ExitCode> {
  const consent = await consentNow(hours);
  const given = addresses.map((one) => ({
    ...one,
    ...consent,
    credential: credentialsOf[one.setting] ?? "",
  }));
  approveAddresses(root, shortName(stack), given);
  for (const { setting, address, credential } of given)
    process.stdout.write(
      `Approved by ${consent.approvedBy} until ${consent.validUntil}: ${credential} may be sent to ${address} (${setting}).\n`,
    );
  process.stdout.write("The change itself is still to be reviewed: npm run review\n");
  return exitCode.done;
}
