import { accountsIn } from "../cli/accounts.ts";
import { storedResources } from "../cli/stored-resources.ts";
import { acceptedBy, withoutAccepted } from "./accepted.ts";
import { ownAuthorizations, revokedAuthorizations } from "./authorizations.ts";
import { withLive } from "./baseline/live.ts";
import { againstProgram } from "./baseline/program.ts";
import { comparedAttributes } from "./baseline/unset.ts";
import { refreshSteps } from "./engine.ts";
import type { Report } from "./report.ts";
import { driftedResources, inOrder, unreadableValues } from "./resources.ts";
import { withParties } from "./rules.ts";
import { undoCommand } from "./undo.ts";
import { unmanagedIn } from "./unmanaged/checks.ts";
import { withWho } from "./who.ts";

/** Compares everything that the stack has with the services, by the credentials that are in its state. */
export async function compareStack(stack: string): Promise<Report> {
  const refreshed = await refreshSteps(stack);
  const wanted = await againstProgram(refreshed, stack);
  const stored = await storedResources(stack);
  if (stored.length === 0) throw new Error(`stack ${stack} is empty; \`npx pulumi up\` fills it`);
  const accounts = accountsIn(stored);
  const steps = await withLive(wanted, accounts.gitlab, comparedAttributes);
  const { unmanaged, notes } = await unmanagedIn(steps, accounts, ownAuthorizations(stored));
  const unreadable = unreadableValues(steps);
  const changed = await withParties(driftedResources(steps, stack), steps, accounts.gitlab, stack);
  const known = await withWho(inOrder(changed), steps, accounts);
  const accepted = await acceptedBy(stack);
  const { left, note } = withoutAccepted(unmanaged, accepted);
  return {
    stack,
    drift: [...known.drift, ...(await revokedAuthorizations(stored, accounts.heroku, stack))],
    unmanaged: left.map(({ undo, ...one }) => ({
      ...one,
      ...(undo && { restore: undoCommand(stack, undo) }),
    })),
    accepted: accepted.length,
    notes: [
      ...notes,
      ...known.notes,
      ...(note ? [note] : []),
      ...(unreadable.length > 0
        ? [
            `GitLab gives no value of hidden variables back, so these values were not compared: ${unreadable.join(", ")}`,
          ]
        : []),
    ],
  };
}
