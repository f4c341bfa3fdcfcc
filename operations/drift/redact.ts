/** What stands in place of a value that is not shown. */
export const HIDDEN = "[secret]";

/** A text without anything that looks like a credential: tokens of the services, passwords in addresses. */
export function redact(text: string): string {
  return text
    .replaceAll(/\bgl[a-z]{2,6}-[A-Za-z0-9_.-]{8,}/g, HIDDEN)
    .replaceAll(/\bHRKU-[A-Za-z0-9_-]{8,}/g, HIDDEN)
    .replaceAll(/(:\/\/[^\s/:@]*:)[^\s/@]+@/g, `$1${HIDDEN}@`);
}
