/** The stand-in for pulumi-resource-gitlab. */
import type { Contract } from "../shared/contract.ts";
import { serve } from "../shared/server.ts";
import { GitLab } from "./api.ts";
import { branchProtection } from "./branch-protection.ts";
import contract from "./contract.json" with { type: "json" };
import { deployKey } from "./deploy-key.ts";
import { project } from "./project.ts";
import { projectAccessToken } from "./project-access-token.ts";
import { projectMembership } from "./project-membership.ts";
import { projectVariable } from "./project-variable.ts";
import { tagProtection } from "./tag-protection.ts";
import { userRunner } from "./user-runner.ts";

const api = new GitLab();
const gitlab = contract as unknown as Contract;

await serve({
  contract: gitlab,
  resources: {
    "gitlab:index/project:Project": project(api, gitlab),
    "gitlab:index/projectVariable:ProjectVariable": projectVariable(api),
    "gitlab:index/tagProtection:TagProtection": tagProtection(api),
    "gitlab:index/branchProtection:BranchProtection": branchProtection(api),
    "gitlab:index/projectAccessToken:ProjectAccessToken": projectAccessToken(api),
    "gitlab:index/projectMembership:ProjectMembership": projectMembership(api),
    "gitlab:index/deployKey:DeployKey": deployKey(api),
    "gitlab:index/userRunner:UserRunner": userRunner(api),
  },
  configure: (config) => api.configure(config),
});
