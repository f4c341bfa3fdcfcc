/** A variable before expansion. */
export interface RawVariable {
  value: string;
  /** Raw values are taken as they are. */
  raw: boolean;
}

const REFERENCE = /\$\$|\$\{([A-Za-z_]\w*)\}|\$([A-Za-z_]\w*)/g;

/** Replaces `$NAME` and `${NAME}` in a text; `$$` stands for a dollar sign. Unknown names become empty. */
export function expandText(text: string, variables: Record<string, string>): string {
  return text.replaceAll(REFERENCE, (match, braced?: string, bare?: string) => {
    if (match === "$$") return "$";
    return variables[braced ?? bare ?? ""] ?? "";
  });
}

/**
 * Expands variables that refer to each other: https://docs.gitlab.com/ci/variables/where_variables_can_be_used/
 * A name that is not a variable, or that leads back to itself, stays as it is written, for the job's shell.
 */
export function expandAll(variables: Record<string, RawVariable>): Record<string, string> {
  const done = new Map<string, string>();
  const resolve = (name: string, path: string[]): string => {
    const known = done.get(name);
    if (known !== undefined) return known;
    const variable = variables[name];
    if (variable === undefined) return "";
    if (variable.raw) {
      done.set(name, variable.value);
      return variable.value;
    }
    const value = variable.value.replaceAll(REFERENCE, (match, braced?: string, bare?: string) => {
      if (match === "$$") return "$";
      const target = braced ?? bare ?? "";
      if (!Object.hasOwn(variables, target) || path.includes(target) || target === name) return match;
      return resolve(target, [...path, name]);
    });
    done.set(name, value);
    return value;
  };
  return Object.fromEntries(Object.keys(variables).map((name) => [name, resolve(name, [])]));
}

/** Expands every text in a piece of configuration. */
export function expandDeep(value: unknown, variables: Record<string, string>): unknown {
  if (typeof value === "string") return expandText(value, variables);
  if (Array.isArray(value)) return value.map((item) => expandDeep(item, variables));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expandDeep(item, variables)]));
  }
  return value;
}
