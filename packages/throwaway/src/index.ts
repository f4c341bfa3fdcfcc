export type { Restore, RestoreOptions } from "./snapshot.ts";
export {
  type ThrowawayOptions,
  type ThrowawayStack,
  throwawaySandbox,
  throwawayStack,
  withThrowawayStack,
} from "./stack.ts";
