/** What the reports of operations share. */

export { FORMATS, type Format } from "@tag-to-endpoint/command-line";

/** A text that stays text in Markdown, tables included: names in it may be chosen by whoever is to be watched. */
export function asText(value: string): string {
  return value
    .replaceAll(/[\\`*_[\]|#@!~$]/g, String.raw`\$&`)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll(/\s+/g, " ");
}
