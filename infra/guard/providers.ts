/** Providers that the program makes: each is given a credential, so each is held against the approved addresses. */
import type { ApprovedAddress } from "../../lib/consent/addresses.ts";
import { types } from "../../lib/pulumi/types.ts";
import { problemLines } from "../../lib/text/problem.ts";
import { accounts } from "../config/accounts.ts";
import { type Applied, addressProblem, type Destination, isSameAddress, unapprovedIn } from "./addresses.ts";

export interface Known {
  /** Where the settings say that credentials go, which is checked. */
  readonly destinations: readonly Destination[];
  readonly applied: Applied;
  readonly approved: readonly Pick<ApprovedAddress, "setting" | "address">[];
}

const settingOf: Readonly<Record<string, { setting: keyof typeof accounts; property: string }>> = {
  [types.gitlab.provider]: { setting: "gitlab:baseUrl", property: "baseUrl" },
  [types.heroku.provider]: { setting: "heroku:url", property: "url" },
};

/** What is wrong with the address of a provider, if it is one that nobody approved. */
export function unapprovedAddress(
  type: string,
  name: string,
  props: Readonly<Record<string, unknown>>,
  { destinations, applied, approved }: Known,
): string | undefined {
  const of = settingOf[type];
  if (!of) return undefined;
  const { setting, property } = of;
  const account = accounts[setting] as { variable: string; fallback: string };
  const given = props[property] ?? process.env[account.variable] ?? account.fallback;
  const address = typeof given === "string" ? given : "an address that is not known yet";
  const set = destinations.filter((one) => one.setting === setting);
  if (set.some((one) => isSameAddress(one.address, address))) return undefined;
  const credential = set[0]?.credential ?? setting;
  const before = applied[setting] ?? set.map((one) => one.address);
  const [found] = unapprovedIn([{ setting, address, credential }], { [setting]: before }, approved);
  return (
    found &&
    `Provider ${name} would send a credential to an address that nobody approved.\n${problemLines(addressProblem(found), 2)}`
  );
}
