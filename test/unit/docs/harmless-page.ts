import { type Harmless, harmlessList } from "../../../lib/kinds/harmless.ts";
import { partition } from "../../../lib/text/lists.ts";
import { asText } from "../../../lib/text/markdown.ts";

/** docs/harmless.md: all that a review takes for harmless. */
export function harmlessPage(): string {
  return [
    "<!-- written by npm run docs -->",
    "# What a review takes for harmless",
    "",
    "A [review](review.md) tells every change that is not on this list as `WEAKER`, `WEAKER?` or `stronger`. So the list is what",
    "has to be right: each entry says why nobody gets anything by such a change. It is made of the tables in `lib/kinds/`.",
    ...partition(harmlessList(), ({ of }) => of).flatMap(section),
    "",
  ].join("\n");
}

function section(entries: readonly Harmless[]): string[] {
  const rows = entries.map(({ what, reason }) => `| ${asText(what)} | ${asText(reason)} |`);
  return [
    "",
    `## ${asText(entries[0]?.of ?? "")}`,
    "",
    "| What | Why it is harmless |",
    "|---|---|",
    ...rows,
  ];
}
