/** What other packages use of the set-up: where things are, and how to run a command. */
export { images, pulumiBin, pulumiVersion, root } from "./steps/paths.ts";
export { type CommandOptions, type CommandResult, command, tryCommand } from "./steps/shell.ts";
