/** What the reports of a review and of drift share. */

export const FORMATS = ["text", "json", "markdown"] as const;
export type Format = (typeof FORMATS)[number];

/** The format of that name; undefined where there is none. */
export function formatNamed(word: string): Format | undefined {
  return FORMATS.find((format) => format === word);
}
