/**
 * The addresses that credentials of a stack are sent to: those that are set, those that an update applied last, and what
 * lies between. Pure, from settings and state to what somebody has to approve.
 */
import { z } from "zod";
import type { ApprovedAddress } from "../../lib/consent/addresses.ts";
import { makesAuthorization } from "../../lib/heroku/authorization.ts";
import { isLoopback } from "../../lib/http/loopback.ts";
import { types } from "../../lib/pulumi/types.ts";
import type { SettingProblem } from "../config/problem-text.ts";

/** Where a credential is sent, as the settings say. */
export interface Destination {
  /** What sets it: `gitlab:baseUrl`. */
  readonly setting: string;
  readonly address: string;
  /** What is sent there. */
  readonly credential: string;
}

/** The docker engine's address is no setting of the stack: this variable, or docker's context, says it. */
export const ENGINE = "DOCKER_HOST";

/** The settings that say where a credential is sent, and which one. */
export const credentialsOf: Readonly<Record<string, string>> = {
  "gitlab:baseUrl": "gitlab:token",
  "heroku:url": "heroku:apiKey",
  "mlops:herokuRegistry": "heroku:apiKey",
  [ENGINE]: "the log-ins to both registries, with gitlab:token and heroku:apiKey,",
};

/** The destinations of a stack, by the settings that say them; what is not known is left out. */
export function destinationsOf(addresses: Readonly<Record<string, string | undefined>>): Destination[] {
  return Object.entries(credentialsOf).flatMap(([setting, credential]) => {
    const address = addresses[setting];
    return address === undefined ? [] : [{ setting, address, credential }];
  });
}

/** Addresses by the setting that says them; there may be several after an update that failed midway. */
export type Applied = Readonly<Record<string, readonly string[]>>;

/** The stack's output that says where its credentials went last. */
export const OUTPUT = "credentialAddresses";

/** A resource of a state, as far as it names an address. */
export interface AddressedResource {
  readonly urn: string;
  readonly type: string;
  readonly outputs?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * The addresses that an update applied last: from the stack's output, from its providers and from its commands. No refresh
 * changes these. A CI/CD variable, which a refresh reads, counts only where nothing else tells: in states of older versions.
 */
export function appliedIn(resources: readonly AddressedResource[]): Applied {
  const found = resources.flatMap(addressesIn);
  const sure = found.filter(({ isRead }) => !isRead);
  const told = found.filter(
    ({ setting, isRead }) => !isRead || sure.every((other) => other.setting !== setting),
  );
  const applied: Record<string, string[]> = {};
  for (const { setting, address } of told) applied[setting] = [...(applied[setting] ?? []), address];
  return Object.fromEntries(Object.entries(applied).map(([key, list]) => [key, [...new Set(list)]]));
}

interface Found {
  readonly setting: string;
  readonly address: string;
  /** Whether a refresh may have read it from outside. */
  readonly isRead?: boolean;
}

function addressesIn({ type, outputs = {} }: AddressedResource): Found[] {
  const one = (setting: string, address: unknown): Found[] =>
    typeof address === "string" && address !== "" ? [{ setting, address }] : [];
  switch (type) {
    case types.stack:
      return Object.entries(textsIn(outputs[OUTPUT])).flatMap(([setting, address]) => one(setting, address));
    case types.gitlab.provider:
      return one("gitlab:baseUrl", outputs.baseUrl);
    case types.heroku.provider:
      return one("heroku:url", outputs.url);
    case types.command: {
      const environment = textsIn(outputs.environment);
      return [
        ...(makesAuthorization(outputs.create) ? one("heroku:url", environment.HEROKU_API_URL) : []),
        ...one("mlops:herokuRegistry", environment.HEROKU_REGISTRY),
      ];
    }
    case types.gitlab.projectVariable:
      return outputs.key === "HEROKU_REGISTRY"
        ? one("mlops:herokuRegistry", outputs.value).map((found) => ({ ...found, isRead: true }))
        : [];
    default:
      return [];
  }
}

const texts = z.record(z.string(), z.unknown());

function textsIn(value: unknown): Readonly<Record<string, unknown>> {
  const read = texts.safeParse(value);
  return read.success ? read.data : {};
}

/** Whether two addresses are the same one: letter case of the host and a slash at the end say nothing. */
export function isSameAddress(one: string, other: string): boolean {
  return normal(one) === normal(other);
}

function normal(address: string): string {
  const whole = /^[a-z]+:\/\//i.test(address) ? address : `registry://${address.toLowerCase()}`;
  return (URL.canParse(whole) ? new URL(whole).href : whole).replace(/\/+$/, "");
}

/** Whether an engine is one of this machine that no other user can stand in for: a socket, not a port. */
export function isLocalEngine(address: string): boolean {
  return /^(unix|npipe|fd):/.test(address);
}

/** A destination other than those that an update applied last. */
export interface ChangedDestination extends Destination {
  readonly before: readonly string[];
}

/**
 * The destinations that somebody has to approve before a credential is sent there. Where nothing was applied yet, what is
 * set is the operator's own word.
 */
export function unapprovedIn(
  wanted: readonly Destination[],
  applied: Applied,
  approved: readonly Pick<ApprovedAddress, "setting" | "address">[],
): ChangedDestination[] {
  return wanted.flatMap((one) => {
    const before = applied[one.setting] ?? [];
    const isKnown =
      before.length === 0 ||
      (one.setting === ENGINE && isLocalEngine(one.address)) ||
      before.some((address) => isSameAddress(address, one.address)) ||
      approved.some((other) => other.setting === one.setting && isSameAddress(other.address, one.address));
    return isKnown ? [] : [{ ...one, before }];
  });
}

/** Destinations of which nothing was applied yet, and which are neither the official ones nor of this machine. */
export function firstUses(
  wanted: readonly Destination[],
  applied: Applied,
  official: readonly string[],
): Destination[] {
  return wanted.filter(
    ({ setting, address }) =>
      applied[setting] === undefined &&
      !official.some((one) => isSameAddress(one, address)) &&
      !isOnThisMachine(address),
  );
}

function isOnThisMachine(address: string): boolean {
  if (isLocalEngine(address)) return true;
  const whole = address.includes("://") ? address : `registry://${address}`;
  const host = URL.canParse(whole) ? new URL(whole).host.replace(/:\d+$/, "") : "";
  return isLoopback(host);
}

/** What the stack's output says after this update: a remote engine stays known where a local one is used for once. */
export function recorded(wanted: readonly Destination[], applied: Applied): Record<string, string> {
  return Object.fromEntries(
    wanted.map(({ setting, address }) => {
      const remote = (applied[setting] ?? []).find((one) => !isLocalEngine(one));
      return [setting, setting === ENGINE && isLocalEngine(address) && remote ? remote : address];
    }),
  );
}

/** What is wrong with all of them. */
export const UNAPPROVED = "A credential would be sent to an address that nobody approved, and was not sent";

/** What to say of a destination that nobody approved: what was found, what is allowed, how to go on. */
export function addressProblem({ setting, address, credential, before }: ChangedDestination): SettingProblem {
  const back = setting === ENGINE ? `set ${ENGINE} to` : `pulumi config set ${setting}`;
  return {
    setting,
    found: `${address}, and ${before.join(" or ")} when it was applied last; ${credential} would be sent there`,
    allowed: "the address that was applied last, or one that somebody approved",
    fix:
      `${back} ${before.at(-1)}; or, if you trust it with that credential: ` +
      `npm run review -- --approve-address '${setting}=${address}'`,
  };
}
