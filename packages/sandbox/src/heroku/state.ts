import type { Sealed } from "./secrets.ts";

/** Everything that the Heroku of a sandbox remembers. Token values and config vars are never in plain text. */
export interface HerokuState {
  accounts: Record<string, Account>;
  authorizations: Record<string, Authorization>;
  teams: Record<string, Team>;
  apps: Record<string, App>;
}

export interface Account {
  id: string;
  email: string;
  name: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface Authorization {
  id: string;
  accountId: string;
  description: string;
  scope: Scope[];
  createdAt: string;
  updatedAt: string;
  token: StoredToken;
}

export interface StoredToken {
  id: string;
  /** SHA-256 of the token: tokens are long and random, so a plain hash cannot be guessed back. */
  hash: string;
  issuedAt: string;
  /** Seconds that it is valid from `issuedAt`; without end when null. */
  expiresIn: number | null;
}

/** https://devcenter.heroku.com/articles/oauth#scopes */
export const SCOPES = ["global", "identity", "read", "write", "read-protected", "write-protected"] as const;
export type Scope = (typeof SCOPES)[number];

export interface TeamMember {
  id: string;
  accountId: string;
  role: "admin" | "member";
  createdAt: string;
  updatedAt: string;
}

export interface Team {
  id: string;
  name: string;
  /** Who made it, and is an admin for good. */
  ownerId: string;
  /** Everybody else in it. */
  members?: TeamMember[];
  createdAt: string;
  updatedAt: string;
}

export interface App {
  id: string;
  name: string;
  /** The random part of the app's hostname: https://devcenter.heroku.com/articles/app-names */
  suffix: string;
  ownerId: string;
  teamId: string | null;
  locked: boolean;
  region: string;
  stack: string;
  buildStack: string;
  acm: boolean;
  maintenance: boolean;
  createdAt: string;
  updatedAt: string;
  releasedAt: string | null;
  config: Record<string, Sealed>;
  features: Record<string, boolean>;
  buildpacks: string[];
  domains: Domain[];
  /** Missing in what older versions of the sandbox kept, as the next two are. */
  collaborators?: Collaborator[];
  webhooks?: Webhook[];
  drains?: LogDrain[];
  formation: Record<string, Process>;
  releases: Release[];
  /** The images that were pushed for each process type, newest last. */
  pushes: Record<string, PushedImage[]>;
}

export interface Domain {
  id: string;
  hostname: string;
  createdAt: string;
  updatedAt: string;
}

/** Somebody who may use an app beside its owner. */
export interface Collaborator {
  id: string;
  accountId: string;
  /** For apps of teams. https://devcenter.heroku.com/articles/app-permissions */
  permissions: string[];
  createdAt: string;
  updatedAt: string;
}

export interface Webhook {
  id: string;
  url: string;
  level: "notify" | "sync";
  include: string[];
  createdAt: string;
  updatedAt: string;
}

export interface LogDrain {
  id: string;
  url: string;
  token: string;
  createdAt: string;
  updatedAt: string;
}

export interface Process {
  id: string;
  type: string;
  quantity: number;
  size: string;
  createdAt: string;
  updatedAt: string;
}

export interface PushedImage {
  /** Digest of the image's configuration: Heroku's `docker_image`. Not every engine calls it the image's id. */
  imageId: string;
  /** How many layers it has; missing in what older versions of the sandbox kept. */
  layers?: number;
  /** Digest of the manifest that names it, by which it is pulled. */
  manifest: string;
}

export interface Release {
  id: string;
  version: number;
  status: "pending" | "succeeded" | "failed";
  description: string;
  userId: string;
  createdAt: string;
  updatedAt: string;
  /** The image of each process type; nothing of what ran before is lost by a later push. */
  images: Record<string, PushedImage>;
  config: Record<string, Sealed>;
}

/** The release whose images and config the dynos run: the newest that succeeded. */
export function currentRelease(app: App): Release | undefined {
  return app.releases.findLast((release) => release.status === "succeeded");
}

/** The newest release that did not fail: what a further release builds on. */
export function latestRelease(app: App): Release | undefined {
  return app.releases.findLast((release) => release.status !== "failed");
}

/** Now, as Heroku writes times. */
export function timestamp(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, "Z");
}
