/** Accounts with limits: what the preflight says of a sandbox that is as strict as the services. */

import { pulumi } from "@tag-to-endpoint/journey";
import { type ThrowawayStack, throwawayStack } from "@tag-to-endpoint/throwaway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let stack: ThrowawayStack;
const run = (...words: string[]) => pulumi(stack.environment, "pulumi", words);
const put = async (path: string, body: object) => {
  const { GITLAB_BASE_URL, GITLAB_TOKEN = "" } = stack.environment.env;
  const answer = await fetch(`${GITLAB_BASE_URL}${path}`, {
    method: "PUT",
    headers: { "PRIVATE-TOKEN": GITLAB_TOKEN, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
};
/** What a preview says that is refused. */
const complaint = () => run("preview").catch((error: unknown) => String(error));

beforeAll(async () => {
  stack = await throwawayStack({ conditions: { heroku: { verified: false } } });
  await put("/application/settings", { check_namespace_plan: true });
}, 240_000);
afterAll(() => stack?.remove(), 120_000);

describe("before anything is created", () => {
  it("a Free plan and an account that is not verified are told, both at once", {
    timeout: 120_000,
  }, async () => {
    const text = await complaint();
    expect(text).toContain("projectAccessToken, and the namespace is on gitlab.com's Free plan");
    expect(text).toContain("a key of an account that is not verified");
  });

  it("a trial is told of its one project access token", { timeout: 120_000 }, async () => {
    await put("/namespaces/root", {
      gitlab_subscription_attributes: {
        plan_code: "ultimate_trial",
        trial: true,
        trial_ends_on: "2099-01-01",
      },
    });
    expect(await complaint()).toContain("a trial of gitlab.com has one project access token");
  });

  it("a limit of requests that is used up is told, with when to come back", {
    timeout: 240_000,
  }, async () => {
    await put("/application/settings", {
      throttle_authenticated_api_enabled: true,
      throttle_authenticated_api_requests_per_period: 1,
      throttle_authenticated_api_period_in_seconds: 86_400,
    });
    expect(await complaint()).toMatch(/takes no more requests for now \(429\).*Run this again after \S+Z/);
  });
});
