import { ancestors } from "./access.ts";
import { applicationSettings } from "./instance-settings.ts";
import type { NamespaceRef, Project, State, Subscription } from "./state.ts";

/** What a namespace's subscription comes to. https://docs.gitlab.com/subscriptions/ */
export interface Plan {
  name: string;
  trial: boolean;
  trialEndsOn: string | null;
}

/** Plans that pay for nothing: `default` is that of an instance without plans. */
const UNPAID = ["default", "free"];

/** The user or top-level group that has the subscription for everything below it. */
export function rootOf(state: State, ref: NamespaceRef): NamespaceRef {
  if (ref.kind === "user") return ref;
  return { kind: "group", id: ancestors(state, ref.id).at(-1)?.id ?? ref.id };
}

/** The subscription of a namespace's root; none was ever bought unless given. */
export function subscriptionOf(state: State, ref: NamespaceRef): Subscription | undefined {
  const root = rootOf(state, ref);
  return state.subscriptions.find(
    ({ namespace }) => namespace.kind === root.kind && namespace.id === root.id,
  );
}

/** The plan of a namespace: its root's subscription, Free without one, `default` where the instance has no plans. */
export function planOf(state: State, ref: NamespaceRef): Plan {
  if (!applicationSettings(state).check_namespace_plan) {
    return { name: "default", trial: false, trialEndsOn: null };
  }
  const found = subscriptionOf(state, ref);
  if (found === undefined) return { name: "free", trial: false, trialEndsOn: null };
  return { name: found.plan, trial: found.trial, trialEndsOn: found.trialEndsOn };
}

/** Whether somebody pays for the namespace, or tries it out. */
export function isPaid(state: State, ref: NamespaceRef): boolean {
  const { name, trial } = planOf(state, ref);
  return trial || !UNPAID.includes(name);
}

/** Whether a namespace has what GitLab sells: on gitlab.com by its plan, elsewhere by the instance's licence. */
export function hasPaidFeatures(state: State, ref: NamespaceRef): boolean {
  return !applicationSettings(state).check_namespace_plan || isPaid(state, ref);
}

/**
 * Whether the plan has project access tokens: on gitlab.com those of Premium and Ultimate, elsewhere all.
 * https://docs.gitlab.com/user/project/settings/project_access_tokens/
 */
export function hasProjectTokens(state: State, project: Project): boolean {
  return hasPaidFeatures(state, project.namespace);
}

/** Whether a trial has its one project access token already. */
export function hasReachedTokenLimit(state: State, project: Project): boolean {
  if (!planOf(state, project.namespace).trial) return false;
  const root = rootOf(state, project.namespace);
  const isInside = (id: number | null) => {
    const other = state.projects.find((candidate) => candidate.id === id);
    if (other === undefined) return false;
    const found = rootOf(state, other.namespace);
    return found.kind === root.kind && found.id === root.id;
  };
  return state.tokens.some((token) => token.jobId === null && !token.revoked && isInside(token.projectId));
}
