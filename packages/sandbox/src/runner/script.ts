/**
 * A job's commands as one script that prints each command before it runs it, the way GitLab's runner does.
 * The tool that runs jobs would print them by an `echo` in double quotes, which the shell would evaluate.
 */
export function jobScript(commands: string[]): string {
  const lines: string[] = [];
  for (const command of commands) {
    const [first = "", ...more] = command.trimEnd().split("\n");
    const shown = more.length > 0 ? `${first} # collapsed multi-line command` : first;
    lines.push(`printf '%s\\n' ${quote(PROMPT + shown)}`, command.trimEnd());
  }
  // The first line is a mark: the tool prints it, and it is cut out of the log.
  return [MARK, ...lines].join("\n");
}

/** Begins a line of output that is a command. */
export const PROMPT = "\u0001$ ";

/** The first line of every script. */
export const MARK = ": gitlab-job-script";

/** Quotes a text for the shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
