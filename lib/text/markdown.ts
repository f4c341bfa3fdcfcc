/** A text that stays text in Markdown, tables included: whoever is being watched may choose names in it. */
export function asText(value: string): string {
  return value
    .replaceAll(/[\\`*_[\]|#@!~$]/g, String.raw`\$&`)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll(/\s+/g, " ");
}
