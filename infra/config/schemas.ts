/** Kinds of value that a setting can have. The message of every check says what is allowed. */
import { z } from "zod";

export const text = (pattern: RegExp, allowed: string) => z.string(allowed).regex(pattern, allowed);

export const oneOf = <const T extends string>(...values: readonly [T, ...T[]]) =>
  z.enum(values, choice(values));

/** A choice in any letter case, in the spelling of the service, which would show another one as a change. */
export const anyCase = <const T extends string>(...values: readonly [T, ...T[]]) =>
  z.preprocess(
    (given) =>
      typeof given === "string"
        ? (values.find((v) => v.toLowerCase() === given.toLowerCase()) ?? given)
        : given,
    oneOf(...values),
  );

/** Pulumi hands numbers over as text. */
export const wholeNumber = (min: number, max: number) => {
  const allowed = `a whole number from ${min} to ${max}`;
  return z.preprocess(
    (given) => (typeof given === "string" && /^-?\d+$/.test(given) ? Number(given) : given),
    z.number(allowed).int(allowed).min(min, allowed).max(max, allowed),
  );
};

/** Pulumi hands lists and objects over as JSON. */
const fromJson = <T>(schema: z.ZodType<T>) =>
  z.preprocess((given) => {
    if (typeof given !== "string") return given;
    try {
      return JSON.parse(given);
    } catch {
      return given;
    }
  }, schema);

export const list = <T>(item: z.ZodType<T>, allowed: string) =>
  fromJson(z.array(item, allowed).min(1, allowed));

/** Generations of a credential. Set as a whole, and so reported as a whole, not by entry. */
export const generations = fromJson(
  z.custom<readonly number[]>(
    (given) =>
      Array.isArray(given) &&
      given.length > 0 &&
      given.every((one, index) => Number.isSafeInteger(one) && one > (index === 0 ? 0 : given[index - 1])),
    "a list of whole numbers from 1, each greater than the one before, like [1] or [1,2]",
  ),
).default([1]);

/** `a, b or c`. */
export function choice(values: readonly string[]): string {
  return values.length < 2 ? values.join() : `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
}
