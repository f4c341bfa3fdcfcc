/** What the checks of both services have in common. */
import { TooManyRequests } from "../../lib/http/patience.ts";
import { type HttpResponse, jsonOf, Unreachable } from "../../lib/http/request.ts";
import { setCommand } from "../config/config.ts";
import { problem, type Verdict } from "./check.ts";

/** Where a service is set to be. */
export interface Address {
  readonly setting: string;
  readonly example: string;
  readonly variable: string;
}

/** What a service told, or why nothing can be asked of it. */
export type Asked<T> = { readonly answers: T } | { readonly unusable: Verdict };

/** Asks a service. If nothing answers, the setting with the service's address is the problem. */
export async function ask<T>(
  { setting, example, variable }: Address,
  questions: () => Promise<Asked<T>>,
): Promise<Asked<T>> {
  try {
    return await questions();
  } catch (error) {
    if (error instanceof TooManyRequests) {
      const found = error.message;
      return {
        unusable: problem({
          setting,
          found,
          allowed: "a service that takes requests",
          fix: "wait until then",
        }),
      };
    }
    if (!(error instanceof Unreachable)) throw error;
    return {
      unusable: problem({
        setting,
        found: error.message,
        allowed: "an address that answers",
        fix: `start it, or ${setCommand(setting, example)} (or set ${variable})`,
      }),
    };
  }
}

/** The body of an answer that is one; undefined where the service refused, or was not asked. */
export function bodyOf<T>(answer: HttpResponse | undefined): T | undefined {
  const body = answer?.status === 200 ? jsonOf(answer) : undefined;
  return typeof body === "object" && body !== null ? (body as T) : undefined;
}

/** How far this machine's clock is behind the service's, in milliseconds; whole seconds are told. */
export function clockSkew(answer: HttpResponse, now: number): number | undefined {
  const told = Date.parse(answer.headers.date ?? "");
  return Number.isNaN(told) ? undefined : told - now;
}

/** Days before the end of one of the operator's own credentials at which the warnings begin. */
export const warnDays = 14;
