import type { Ended } from "../../lib/process/run.ts";
import { pulumi } from "./run-pulumi.ts";

/** The state of a stack, its secrets encrypted, as `pulumi stack export` prints it. */
export type Exported = () => Promise<Ended>;

/** Reads a state when it is first asked for, and once: for as long as nothing changes it. */
export function exportedOnce(stack: string): Exported {
  let exported: Promise<Ended> | undefined;
  return () => {
    exported ??= pulumi(["stack", "export", ...(stack ? ["--stack", stack] : [])]);
    return exported;
  };
}
