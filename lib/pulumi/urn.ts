/** Type of the resource that a URN names: `urn:pulumi:<stack>::<project>::<parents$type>::<name>`. */
export function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

/** Name of the resource that a URN names. */
export function nameIn(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}
