/** People and groups that reach a project beside those that the stack gives access. */
import { levelNumbered } from "../../../lib/gitlab/access-levels.ts";
import { gitlab, gitlabList } from "../../../lib/gitlab/client.ts";
import type { Account } from "../../../lib/http/account.ts";
import { isProperties, shown } from "../../../lib/pulumi/values.ts";
import { type Check, read, removal, sinceOf, type Unmanaged } from "./check.ts";

/** https://docs.gitlab.com/api/members/ */
interface Member {
  id: number;
  username: string;
  access_level: number;
  created_at?: string | null;
}

/** What a role lets somebody do with the stack: https://docs.gitlab.com/user/permissions/ */
export function roleEffect(level: number): string {
  const role = levelNumbered(level)?.name ?? `level ${level}`;
  const may =
    level >= 40
      ? "may change rules, variables and credentials"
      : level >= 30
        ? "may push branches and run their pipelines"
        : level >= 20
          ? "may read the repository and job logs"
          : "may see the project";
  return `is ${role}: ${may}`;
}

/** Bots of access tokens, which are told as tokens: https://docs.gitlab.com/user/project/settings/project_access_tokens/#bot-users-for-projects */
const isBot = ({ username }: Member) => /^(project|group)_\d+_bot/.test(username);

/** The account that the stack itself uses. */
const ownId = async (account: Account) => (await gitlab<{ id: number }>(account, "/user")).id;

/** Members of a project or a group, without the stack's account, bots and those whom `isExpected` knows. */
export async function membersOf(
  account: Account,
  at: { path: string; owner: string; page: string },
  isExpected: (member: Member) => boolean = () => false,
): Promise<Unmanaged[]> {
  const { path, owner, page } = at;
  const [self, members] = await read(
    Promise.all([ownId(account), gitlabList<Member>(account, `${path}/members`)]),
    `members of ${owner}`,
  );
  return members
    .filter((member) => member.id !== self && !isBot(member) && !isExpected(member))
    .map((member): Unmanaged => {
      const since = sinceOf(member);
      return {
        noun: "member",
        name: member.username,
        owner,
        effect: roleEffect(member.access_level),
        remedy: `remove them: ${page}`,
        ...(since && { since }),
        undo: removal(`${path}/members/${member.id}`),
      };
    });
}

/** Members of the project itself. Its user's own namespace cannot be without its user. */
const members: Check = ({ id, name: owner, state, detail }, account) => {
  const namespaceOwner = isProperties(detail.owner) ? detail.owner.id : undefined;
  const page = `${shown(state.outputs?.webUrl)}/-/project_members`;
  return membersOf(account, { path: `/projects/${id}`, owner, page }, (one) => one.id === namespaceOwner);
};

/** Groups that a project or a group is shared with, as its description lists them. */
export function sharesIn(detail: object, path: string, owner: string, page: string): Unmanaged[] {
  const { shared_with_groups: shares } = detail as { shared_with_groups?: Share[] };
  return (shares ?? []).map((share) => ({
    noun: "invited group",
    name: share.group_full_path,
    owner,
    effect: `each member ${roleEffect(share.group_access_level)}`,
    remedy: `remove it: ${page}`,
    undo: removal(`${path}/share/${share.group_id}`),
  }));
}

/** https://docs.gitlab.com/api/projects/#share-a-project-with-a-group */
interface Share {
  group_id: number;
  group_full_path: string;
  group_access_level: number;
}

const shares: Check = async ({ id, name, state, detail }) =>
  sharesIn(detail, `/projects/${id}`, name, `${shown(state.outputs?.webUrl)}/-/project_members`);

export const peopleChecks: readonly Check[] = [members, shares];
