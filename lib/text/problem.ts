/** What is wrong with one thing, told so that a person can fix it. */
export interface Problem {
  /** What is there now; never a secret. */
  readonly found: string;
  readonly allowed: string;
  /** What to do, a command where there is one. */
  readonly fix: string;
}

/** Its three lines, each after so many spaces. */
export function problemLines({ found, allowed, fix }: Problem, indent = 0): string {
  const lines = [`found:   ${found}`, `allowed: ${allowed}`, `fix:     ${fix}`];
  return lines.map((line) => " ".repeat(indent) + line).join("\n");
}
