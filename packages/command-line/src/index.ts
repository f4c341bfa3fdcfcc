export { InvalidArgumentError, Option } from "@commander-js/extra-typings";
export { type CommandText, command, endsWith, messageOf, requireSubcommand, run } from "./command.ts";
export { type ExitCode, exitCode } from "./exit-codes.ts";
export { type Interruption, watchInterruption } from "./interruption.ts";
export { FORMATS, type Format, formatOption, outputOption, stackOption } from "./options.ts";
export { writeReport } from "./report.ts";
export { isDecorated, plainSteps } from "./terminal.ts";
