/** What a command line of Pulumi says, as far as the launcher has to know. */

/** The stack that a command line names itself, as `--stack` or as the stack that it makes, selects or removes. */
export function stackIn(args: readonly string[]): string | undefined {
  const named = optionIn(args, "--stack", "-s");
  if (named !== undefined) return named;
  const [first, second = "", third] = args.filter((arg) => !arg.startsWith("-"));
  return first === "stack" && ["init", "select", "rm"].includes(second) ? third : undefined;
}

/** Options that stand before the command and take no value. */
const SWITCHES =
  /^(--?(emoji|e|fully-qualify-stack-names|Q|disable-integrity-checking|log(flow|tostderr)|non-interactive))$/;

/** The first word that is neither an option nor its value; "" where only help is asked for. */
export function commandIn(args: readonly string[]): string {
  if (args.some((arg) => arg === "--help" || arg === "-h")) return "";
  const command = args.find((arg, index) => {
    const before = args[index - 1] ?? "";
    return !arg.startsWith("-") && (!before.startsWith("-") || before.includes("=") || SWITCHES.test(before));
  });
  return command ?? "";
}

/** The value of an option with these names: `--stack dev`, `--stack=dev`. The last one given counts, as for Pulumi. */
export function optionIn(args: readonly string[], ...names: string[]): string | undefined {
  const at = args.findLastIndex((arg) => names.includes(arg.replace(/=.*/s, "")));
  const given = args[at];
  if (given === undefined) return undefined;
  return given.includes("=") ? given.slice(given.indexOf("=") + 1) : (args[at + 1] ?? "");
}

/** Whether a command changes the stack as its program says. */
export function isUpdate(command: string): boolean {
  return ["up", "update"].includes(command);
}

/** Whether a command removes what the stack made. */
export function isDestroy(command: string): boolean {
  return ["destroy", "down", "dn"].includes(command);
}

/** Whether a command runs the program, so that a policy pack has something to look at. */
export function runsProgram(command: string): boolean {
  return isUpdate(command) || ["preview", "pre", "watch"].includes(command);
}

/** Whether a command runs provider plugins. */
export function runsProviders(command: string): boolean {
  return runsProgram(command) || isDestroy(command) || ["refresh", "import"].includes(command);
}

/** A stack's own name: `dev` of `organization/mlops/dev`. */
export function shortName(stack: string): string {
  return stack.slice(stack.lastIndexOf("/") + 1);
}
