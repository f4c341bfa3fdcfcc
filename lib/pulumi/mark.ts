/**
 * The mark by which a stack knows again what it made: the end of its description. An answer of a service can get lost; what
 * the request made is then in no state, and is found by its mark.
 */

/** `(Pulumi stack mlops/dev)`. */
export function markOf({ project, stack }: { project: string; stack: string }): string {
  return `(Pulumi stack ${project}/${stack.slice(stack.lastIndexOf("/") + 1)})`;
}

const MARK = / \(Pulumi stack [^()\s]+\)$/;

/** A description with the mark at its end. */
export function withMark(description: string, mark: string): string {
  return `${description} ${mark}`;
}

/** A description as people call it; the same where there is no mark. */
export function withoutMark(description: string): string {
  return description.replace(MARK, "");
}

/** The mark at the end of a description; undefined where there is none. */
export function markIn(description: string): string | undefined {
  return MARK.exec(description)?.[0].trim();
}

/** Whether a description is one that the stack of the mark gave. */
export function hasMark(description: unknown, mark: string): boolean {
  return typeof description === "string" && description.endsWith(` ${mark}`);
}
