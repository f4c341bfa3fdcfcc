/** Whether a path is as the pattern has it: `*` and `:name` are a part of it or of a name, `**` any number of parts. */
export function pathMatcher(pattern: string): (path: string) => boolean {
  const source = pattern
    .split(/(\*\*|\*|:[A-Za-z_]+)/)
    .map((part, index) => (index % 2 === 0 ? literal(part) : part === "**" ? ".*" : "[^/]+"))
    .join("");
  const regex = new RegExp(`^${source}$`);
  return (path) => regex.test(path);
}

function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
