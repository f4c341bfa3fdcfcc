/** `.dockerignore` files, https://docs.docker.com/build/concepts/context/#dockerignore-files */

export interface IgnoreRule {
  /** A `!` rule, which lets files through again. */
  include: boolean;
  pattern: RegExp;
}

/** The rules of an ignore file, in their order. */
export function ignoreRules(text: string): IgnoreRule[] {
  return text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const include = line.startsWith("!");
      return { include, pattern: patternOf((include ? line.slice(1) : line).trim()) };
    });
}

/** Whether the last rule that matches the file or a folder above it takes it away. */
export function isIgnored(name: string, rules: IgnoreRule[]): boolean {
  let ignored = false;
  for (const { include, pattern } of rules) {
    if (pattern.test(name)) {
      ignored = !include;
    }
  }
  return ignored;
}

/** A pattern matches a path and everything below it; `*` and `?` stay in one folder, `**` spans any number. */
function patternOf(text: string): RegExp {
  const clean = text.replace(/^(\.?\/)+/, "").replace(/\/+$/, "");
  let source = "";
  for (let index = 0; index < clean.length; index += 1) {
    const character = clean[index] as string;
    if (clean.startsWith("**/", index)) {
      source += "(?:.*/)?";
      index += 2;
    } else if (clean.startsWith("**", index)) {
      source += ".*";
      index += 1;
    } else if (character === "*") {
      source += "[^/]*";
    } else if (character === "?") {
      source += "[^/]";
    } else if (character === "[" && clean.indexOf("]", index) > index + 1) {
      const end = clean.indexOf("]", index);
      source += clean.slice(index, end + 1);
      index = end;
    } else if (character === "\\" && index + 1 < clean.length) {
      index += 1;
      source += escaped(clean[index] as string);
    } else {
      source += escaped(character);
    }
  }
  return new RegExp(`^${source}(?:/.*)?$`, "s");
}

function escaped(character: string): string {
  return character.replace(/[.*+?^${}()|[\]\\/]/, "\\$&");
}
