/** What the checks of both services have in common. */
import { later, ServiceUnavailable } from "../../lib/http/patience.ts";
import { type HttpResponse, jsonOf, Unreachable } from "../../lib/http/request.ts";
import { setCommand } from "../config/config.ts";
import { problem, type Verdict } from "./check.ts";

/** Where a service is set to be. */
export interface Address {
  readonly service: "GitLab" | "Heroku";
  readonly setting: string;
  readonly example: string;
  readonly variable: string;
}

/** What a service told, or why nothing can be asked of it. */
export type Asked<T> = { readonly answers: T } | { readonly unusable: Verdict };

/** Asks a service. If nothing answers, the setting with the service's address is the problem. */
export async function ask<T>(
  { service, setting, example, variable }: Address,
  questions: () => Promise<Asked<T>>,
): Promise<Asked<T>> {
  try {
    return await questions();
  } catch (error) {
    if (error instanceof ServiceUnavailable) {
      return { unusable: notWell(service, error.message) };
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

/** Why nothing can be asked of a service that is not well: no setting is wrong. */
export function notWell(service: Address["service"], found: string): Verdict {
  return problem({
    setting: service,
    found,
    allowed: "a service that takes requests and answers them",
    fix: "wait, and run this again",
  });
}

/** Why nothing can be asked of a service that answers the first question as one that is not well. */
export function unwellAnswer(service: Address["service"], url: string, { status }: HttpResponse): Verdict {
  return notWell(service, `${url} answered ${status}, also when asked again. ${later(url)}`);
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
