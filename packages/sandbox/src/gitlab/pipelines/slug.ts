/** A name for use in URLs and host names: at most 63 of `a-z0-9-`. */
export function slug(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, "-")
    .slice(0, 63)
    .replaceAll(/^-+|-+$/g, "");
}

/** The same for an environment: at most 24 of them. */
export const environmentSlug = (name: string) => slug(name).slice(0, 24);
