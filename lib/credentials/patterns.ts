/** What a credential looks like: by the name it goes by, and by its text. */

/** Words that name one, as a part of a variable, a property or an option. */
const names = /token|key|password|passphrase|secret|credential/i;

/** A name that ends in such a word, after `_` or from its start: `HEROKU_API_KEY`, not `TOKEN_URL`. */
const named = /(^|_)(token|key|password|secret)$/i;

/** Tokens of GitLab (`glpat-...`) and Heroku (`HRKU-...`) with so many characters at least. */
const tokens = (shortest: number) =>
  new RegExp(String.raw`\b(?:gl[a-z]{2,6}|HRKU)-[\w.-]{${shortest},}`, "g");

/** The password in an address, and what stands before it. */
const passwords = /(:\/\/[^\s/:@]*:)[^\s/@]+@/g;

/** What stands in the place of a credential in a text; Pulumi's own word. */
export const HIDDEN = "[secret]";

/** Whether a variable of that name is there to hold a credential. */
export function namesCredential(name: string): boolean {
  return named.test(name);
}

/** Whether a property of that name may hold a credential. */
export function mayHoldCredential(name: string): boolean {
  return names.test(name);
}

/** Whether a text has a credential in it; only tokens of full length count, so that no ordinary word does. */
export function hasCredential(text: string): boolean {
  return text.search(tokens(16)) >= 0 || text.search(passwords) >= 0;
}

/** A text without anything that looks like a credential: a word too many is hidden rather than a token shown. */
export function redact(text: string): string {
  return text.replaceAll(tokens(8), HIDDEN).replaceAll(passwords, `$1${HIDDEN}@`);
}
