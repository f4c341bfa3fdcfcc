/** Everything that this stack may never be. What is a decision is not here; the review is for that. */
import type { ResourceRule, StackRule } from "./rule.ts";
import { credentialCommand, credentialInput, credentialVariable } from "./rules/credentials.ts";
import { imageByDigest, imageOutputByDigest } from "./rules/images.ts";
import { jobLogs } from "./rules/projects.ts";
import { branchRule, everyProject, tagRule } from "./rules/protection.ts";
import { accessTokenExpiry, accessTokenScope, herokuAuthorization, runnerScope } from "./rules/tokens.ts";

/** Rules about one resource: a violation stops it before it is created or changed. */
export const resourceRules: readonly ResourceRule[] = [
  credentialVariable,
  credentialInput,
  credentialCommand,
  branchRule,
  tagRule,
  accessTokenExpiry(() => new Date()),
  accessTokenScope,
  runnerScope,
  herokuAuthorization,
  jobLogs,
  imageByDigest,
];

/** Rules about the whole stack: a violation stops a preview, and so an update that has one. */
export const stackRules: readonly StackRule[] = [everyProject, imageOutputByDigest];
