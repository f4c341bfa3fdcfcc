/** Readers of options that commands about stacks on accounts share. They import nothing, so that help is quick. */
import { InvalidArgumentError } from "@tag-to-endpoint/command-line";

/** The app's name has this, a dash and six digits, and 30 characters at most. */
export function appPrefixIn(given: string): string {
  if (/^[a-z][a-z0-9-]{0,20}[a-z0-9]$/.test(given)) return given;
  throw new InvalidArgumentError("Allowed are 2 to 22 lowercase letters, digits and dashes, a letter first.");
}

/** One of several `--set`. */
export function settingIn(given: string, before: readonly string[]): readonly string[] {
  if (/^[^=]+=/.test(given)) return [...before, given];
  throw new InvalidArgumentError("Allowed is <setting>=<value>, like mlops:writeAccess=deployKey.");
}
