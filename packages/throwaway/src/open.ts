import { startSandbox } from "@tag-to-endpoint/sandbox";
import { type OpenStack, openAccounts } from "./accounts/stack.ts";
import { isOnAccounts, type StackRecord } from "./register.ts";
import { environmentOf, sandboxOptions } from "./stack.ts";

/** Opens a stack to work on. A sandbox that does not run, after the machine was restarted perhaps, goes on where it was. */
export async function openStack(record: StackRecord): Promise<OpenStack> {
  if (isOnAccounts(record)) return openAccounts(record);
  const sandbox = await startSandbox(sandboxOptions(record));
  return { environment: environmentOf(record, sandbox), close: async () => {} };
}
