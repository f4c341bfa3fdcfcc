/** Pages of GitLab where somebody clicks what no command can change. */

/** GitLab's address in a browser, by that of its API. */
export function webOf(apiUrl: string): string {
  return apiUrl.replace(/\/api\/v4$/, "");
}

export { isGitLabCom } from "../../../lib/gitlab/known-hosts.ts";

export const personalTokens = (url: string) => `${webOf(url)}/-/user_settings/personal_access_tokens`;
export const groupMembers = (url: string, group: string) => `${webOf(url)}/groups/${group}/-/group_members`;
/** "Permissions and group features" is there. */
export const groupGeneral = (url: string, group: string) => `${webOf(url)}/groups/${group}/-/edit`;
export const groupCiCd = (url: string, group: string) => `${webOf(url)}/groups/${group}/-/settings/ci_cd`;
export const groupRepository = (url: string, group: string) =>
  `${webOf(url)}/groups/${group}/-/settings/repository`;
/** Deletion and restoring are under "Advanced" there. */
export const projectGeneral = (url: string, project: string) => `${webOf(url)}/${project}/edit`;
export const identityVerification = (url: string) => `${webOf(url)}/-/identity_verification`;
export const billing = (url: string, root: string) => `${webOf(url)}/groups/${root}/-/billings`;
