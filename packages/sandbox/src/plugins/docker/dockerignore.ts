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

/** The parts of a pattern that are not plain text, the longer before the shorter. */
const PART = /\*\*\/|\*\*|[*?]|\[[^\]]+\]|\\.|[.+^${}()|[\]\\/]/gs;

/** Those that stand for any text, as regular expressions. */
const WILDCARDS: Record<string, string> = { "**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]" };

/** A pattern matches a path and everything below it; `*` and `?` stay in one folder, `**` spans any number. */
function patternOf(text: string): RegExp {
  const clean = text.replace(/^(\.?\/)+/, "").replace(/\/+$/, "");
  const source = clean.replaceAll(PART, (part) => {
    const isClass = part.startsWith("[") && part.length > 1;
    // `\x` is the character x itself.
    const character = part.length > 1 ? part.slice(1) : part;
    return WILDCARDS[part] ?? (isClass ? part : escaped(character));
  });
  return new RegExp(`^${source}(?:/.*)?$`, "s");
}

function escaped(character: string): string {
  return character.replace(/[.*+?^${}()|[\]\\/]/, "\\$&");
}
