/** Addresses that somebody approved for a credential of a stack, beside the one that was applied last. */
import { z } from "zod";
import { consent, isInForce } from "./approval.ts";
import { fileOf, removeFile, textOf, writeWhole } from "./files.ts";

const approvedAddress = consent.extend({
  /** What sets the address: `mlops:herokuRegistry`. */
  setting: z.string(),
  address: z.string(),
  /** What is sent there: `heroku:apiKey`. */
  credential: z.string(),
});
export type ApprovedAddress = z.output<typeof approvedAddress>;

const file = z.object({ stack: z.string(), addresses: z.array(approvedAddress) });

const place = (root: string, stack: string) => fileOf(root, "approvals", stack, ".addresses");

/** The addresses that are approved and in force; none where the file cannot be read: then more is asked for. */
export function approvedAddresses(root: string, stack: string, now = Date.now()): ApprovedAddress[] {
  const text = textOf(place(root, stack));
  try {
    const { addresses } = file.parse(JSON.parse(text ?? '{"stack":"","addresses":[]}'));
    return addresses.filter((one) => isInForce(one, now));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return [];
    throw error;
  }
}

/** Records addresses, beside others of other settings. */
export function approveAddresses(root: string, stack: string, given: readonly ApprovedAddress[]): void {
  const others = approvedAddresses(root, stack).filter((one) =>
    given.every(({ setting }) => setting !== one.setting),
  );
  writeWhole(place(root, stack), { stack, addresses: [...others, ...given] });
}

/** Forgets them: they were applied, or everything is gone. */
export function forgetAddresses(root: string, stack: string): void {
  removeFile(place(root, stack));
}
