/** Everything that this stack may never be. What is a decision is not here; the review is for that. */
import type { ResourceRule, StackRule } from "./rule.ts";
import { credentialRules } from "./rules/credentials.ts";
import { imageRules, stackImageRules } from "./rules/images.ts";
import { projectRules } from "./rules/projects.ts";
import { protectionRules, stackProtectionRules } from "./rules/protection.ts";
import { tokenRules } from "./rules/tokens.ts";

/** Rules about one resource: a violation stops it before it is created or changed. */
export const resourceRules: readonly ResourceRule[] = [
  ...credentialRules,
  ...protectionRules,
  ...tokenRules,
  ...projectRules,
  ...imageRules,
];

/** Rules about the whole stack: a violation stops a preview, and so an update that has one. */
export const stackRules: readonly StackRule[] = [...stackProtectionRules, ...stackImageRules];
