/** What a command line of Pulumi says, as far as the launcher has to know. */

/** The stack that a command line names itself, as `--stack` or as the stack that it makes, selects or removes. */
export function stackIn(args: readonly string[]): string | undefined {
  const named = optionIn(args, "--stack", "-s");
  if (named !== undefined) return named;
  const [first, second = "", third] = args.filter((arg) => !arg.startsWith("-"));
  return first === "stack" && ["init", "select", "rm"].includes(second) ? third : undefined;
}

/** Options that take the next word for their value, whatever that looks like: `-m --help` asks for no help. */
const VALUED = new Set(
  [
    "client color config config-file cwd event-log exclude exec-agent exec-kind file from",
    "generate-resources import-file import-pending-creates memprofilerate message otel-traces out override-env",
    "parallel parent path plan policy-pack policy-pack-config profiling properties provider replace save-plan",
    "secrets-provider stack target target-replace tracing tracing-header verbose",
    "remote-agent-pool-id remote-config remote-env remote-env-secret remote-executor-image",
    "remote-executor-image-password remote-executor-image-username remote-git-auth-access-token",
    "remote-git-auth-password remote-git-auth-ssh-private-key remote-git-auth-ssh-private-key-path",
    "remote-git-auth-username remote-git-branch remote-git-commit remote-git-repo-dir remote-pre-run-command",
    "remote-stack-config",
  ].flatMap((line) => line.split(" ").map((name) => `--${name}`)),
);

/** The same by one letter; letters may stand together, and the last of them then takes the value: `-ym words`. */
const VALUED_LETTERS = /^-[a-bd-lnqru-wyzA-BD-Z]*[Ccmopstvx]$/;

/** Whether an option takes the word after it. */
function takesNext(option: string): boolean {
  return VALUED.has(option) || VALUED_LETTERS.test(option);
}

/** The words of a command line that are no value of an option. */
export function ownWords(args: readonly string[]): string[] {
  const end = args.indexOf("--");
  const before = end < 0 ? args : args.slice(0, end);
  const own: string[] = [];
  for (let at = 0; at < before.length; at++) {
    const word = before[at] as string;
    own.push(word);
    if (takesNext(word)) at++;
  }
  return own;
}

/** The first word that is neither an option nor its value; "" where only help is asked for. */
export function commandIn(args: readonly string[]): string {
  const own = ownWords(args);
  if (own.some((word) => word === "--help" || /^-[a-zA-Z]*h$/.test(word))) return "";
  return own.find((word) => !word.startsWith("-")) ?? "";
}

/** The value of an option with these names: `--stack dev`, `--stack=dev`. The last one given counts, as for Pulumi. */
export function optionIn(args: readonly string[], ...names: string[]): string | undefined {
  const at = args.findLastIndex(
    (arg, index) => names.includes(arg.replace(/=.*/s, "")) && !takesNext(args[index - 1] ?? ""),
  );
  const given = args[at];
  if (given === undefined) return undefined;
  return given.includes("=") ? given.slice(given.indexOf("=") + 1) : (args[at + 1] ?? "");
}

/** The settings that a command line gives itself, by their whole names: `-c heroku:url=...`. */
export function settingsIn(args: readonly string[]): Record<string, string> {
  const given: string[] = [];
  args.forEach((arg, at) => {
    if (takesNext(args[at - 1] ?? "")) return;
    if (arg === "--config" || arg === "-c") given.push(args[at + 1] ?? "");
    else if (/^(--config|-c)=/.test(arg)) given.push(arg.slice(arg.indexOf("=") + 1));
    else if (/^-c./.test(arg)) given.push(arg.slice(2));
  });
  const entries = given.flatMap((word): [string, string][] => {
    const at = word.indexOf("=");
    if (at < 0) return [];
    const name = word.slice(0, at);
    return [[name.includes(":") ? name : `${PROJECT}:${name}`, word.slice(at + 1)]];
  });
  return Object.fromEntries(entries);
}

/** The project's name: settings without a namespace are in its. */
const PROJECT = "mlops";

/** Whether a command changes the stack as its program says. */
export function isUpdate(command: string): boolean {
  return ["up", "update"].includes(command);
}

/** Whether a command removes what the stack made. */
export function isDestroy(command: string): boolean {
  return ["destroy", "down", "dn"].includes(command);
}

/** Whether a command removes some things alone, and leaves those that were protected by them or with them. */
export function isTargeted(args: readonly string[]): boolean {
  return (
    ownWords(args).includes("--exclude-protected") ||
    optionIn(args, "--target", "-t", "--exclude", "-x") !== undefined
  );
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
