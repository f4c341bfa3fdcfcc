import { GitLabError } from "../../lib/gitlab/client.ts";
import type { Told } from "./facts.ts";

/** What GitLab told, or the status with which it refused. @throws when it did not answer */
export async function toldBy<T>(work: Promise<T>): Promise<Told<T>> {
  try {
    return { value: await work };
  } catch (error) {
    if (!(error instanceof GitLabError)) throw error;
    const { status } = error;
    const words = refusals[status];
    return { missing: `GitLab answered ${status}${words ? `, ${words}` : ""}`, status };
  }
}

const refusals: Readonly<Record<number, string>> = {
  401: "which asks for another token",
  403: "which asks for a higher role",
  404: "which stands for another tier of GitLab, or for a higher role",
};

export function valueIn<T>(told: Told<T>): T | undefined {
  return "value" in told ? told.value : undefined;
}

/** What was told, made into something else. */
export function mapTold<T, U>(told: Told<T>, change: (value: T) => U): Told<U> {
  return "value" in told ? { value: change(told.value) } : told;
}
