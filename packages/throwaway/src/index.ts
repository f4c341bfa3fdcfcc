export {
  type ThrowawayOptions,
  type ThrowawayStack,
  throwawaySandbox,
  throwawayStack,
  withThrowawayStack,
} from "./stack.ts";
