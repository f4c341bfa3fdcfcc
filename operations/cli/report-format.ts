/** What the reports of a review and of drift share. */

export const FORMATS = ["text", "json", "markdown"] as const;
export type Format = (typeof FORMATS)[number];

/** The format of that name; undefined where there is none. */
export function formatNamed(word: string): Format | undefined {
  return FORMATS.find((format) => format === word);
}

/** A text that stays text in Markdown, tables included: names in it may be chosen by whoever is to be watched. */
export function asText(value: string): string {
  return value
    .replaceAll(/[\\`*_[\]|#@!~$]/g, String.raw`\$&`)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll(/\s+/g, " ");
}
