import type { PressureResult } from "./result.ts";

type Result<Key extends keyof PressureResult> = Pick<PressureResult, Key>;

/** What is not as it must be after many tags at once, in words. */
export function findProblems(
  seen: Result<"versions" | "deliveries" | "commits" | "failedAnswers">,
): string[] {
  const unanswered = seen.failedAnswers.map((answer) => `the app did not answer: ${answer}`);
  return [...lost(seen), ...disordered(seen), ...notLive(seen), ...unanswered];
}

/** Each version comes once, is served, and is served from then on: an older deployment would take it away again. */
function lost({ versions, commits }: Result<"versions" | "commits">): string[] {
  return versions.flatMap(({ model, version, servedAt, vanishedAt }) => {
    const name = `${model} ${version}`;
    const times = commits.filter((commit) => commit === name).length;
    return [
      ...(times === 1 ? [] : [`${name} came to the server's repository ${times} times, not once`]),
      ...(servedAt === undefined ? [`${name} is not served`] : []),
      ...(vanishedAt === undefined
        ? []
        : [`${name} was served and then no more: an older deployment overtook`]),
    ];
  });
}

/** The versions of one model come in the order of their tags. */
function disordered({ versions, commits }: Result<"versions" | "commits">): string[] {
  const models = new Set(versions.map(({ model }) => model));
  return [...models].flatMap((name) => {
    const pushed = versions.filter(({ model }) => model === name).map(({ version }) => `${name} ${version}`);
    const came = [...new Set(commits)].filter((commit) => pushed.includes(commit));
    return came.join() === pushed.filter((one) => came.includes(one)).join()
      ? []
      : [`${name} came in another order than it was tagged: ${came.join(", ")}`];
  });
}

/** A pipeline is green when what it brought is live, and only then. */
function notLive({ deliveries }: Result<"deliveries">): string[] {
  return deliveries.flatMap(({ brought, status, webUrl, wasServed }) => {
    if (status !== "success") return [`${webUrl} of ${brought ?? "another commit"} ended as ${status}`];
    return wasServed ? [] : [`${webUrl} is green, and ${brought} was not served`];
  });
}
