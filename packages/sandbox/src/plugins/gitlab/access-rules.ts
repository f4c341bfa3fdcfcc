/** The entries of a protection rule: who may create, push, merge or unprotect. */
import { isProps, type Props, type Value } from "../shared/values.ts";
import { levelName, levelValue } from "./ids.ts";

/** An entry as the API gives it; https://docs.gitlab.com/api/protected_branches/ */
export interface AccessDescription {
  id?: number;
  access_level: number | null;
  access_level_description?: string;
  user_id?: number | null;
  group_id?: number | null;
  deploy_key_id?: number | null;
}

/** An entry as the API takes it. */
export interface AccessOption {
  id?: number;
  access_level?: number;
  user_id?: number;
  group_id?: number;
  deploy_key_id?: number;
  _destroy?: boolean;
}

/** The entry for a role, which comes first. */
export function roleOf(descriptions: AccessDescription[] | undefined): AccessDescription | undefined {
  return descriptions?.find((item) => !item.user_id && !item.group_id && !item.deploy_key_id);
}

/** The name of the level that the first entry for a role gives. */
export function levelOf(descriptions: AccessDescription[] | undefined): string | undefined {
  const role = roleOf(descriptions);
  return role === undefined ? undefined : levelName(role.access_level ?? 0);
}

/** Entries as outputs. */
export function entriesOf(descriptions: AccessDescription[] | undefined): Props[] {
  return (descriptions ?? []).map((item) => ({
    ...(item.user_id
      ? { userId: item.user_id }
      : item.group_id
        ? { groupId: item.group_id }
        : item.deploy_key_id
          ? { deployKeyId: item.deploy_key_id }
          : { accessLevel: levelName(item.access_level ?? 0) }),
    accessLevelDescription: item.access_level_description ?? "",
  }));
}

/** Entries of the inputs as the API takes them. */
export function optionsOf(value: Value | undefined): AccessOption[] {
  return entries(value).map((entry) => ({
    ...(typeof entry.accessLevel === "string" ? { access_level: levelValue(entry.accessLevel) } : {}),
    ...(entry.userId ? { user_id: Number(entry.userId) } : {}),
    ...(entry.groupId ? { group_id: Number(entry.groupId) } : {}),
    ...(entry.deployKeyId ? { deploy_key_id: Number(entry.deployKeyId) } : {}),
  }));
}

/** What has to be added and removed so that exactly the wanted entries are left. */
export function changesTo(
  present: AccessDescription[] | undefined,
  wanted: Value | undefined,
): AccessOption[] {
  const rest = [...(present ?? [])];
  const added = optionsOf(wanted).filter((option) => {
    const index = rest.findIndex((item) => sameEntry(item, option));
    return index < 0 || rest.splice(index, 1).length === 0;
  });
  const removed = rest.map((item) => ({ ...(item.id === undefined ? {} : { id: item.id }), _destroy: true }));
  return [...added, ...removed];
}

function sameEntry(item: AccessDescription, option: AccessOption): boolean {
  const named = option.user_id ?? option.group_id ?? option.deploy_key_id;
  return (
    (item.user_id || undefined) === option.user_id &&
    (item.group_id || undefined) === option.group_id &&
    (item.deploy_key_id || undefined) === option.deploy_key_id &&
    (named !== undefined || item.access_level === option.access_level)
  );
}

/** The rule of the official provider that an entry names exactly one of a level, a user, a group or a key. */
export function checkEntries(value: Value | undefined, levels: readonly string[], path: string): string[] {
  return entries(value).flatMap((entry, index) => {
    const given = ["accessLevel", "userId", "groupId", "deployKeyId"].filter(
      (key) => entry[key] !== undefined,
    );
    const at = `Examine values at '${path}[${index}]'.`;
    if (given.length !== 1) {
      return [
        `Invalid Attribute Combination. Exactly one of accessLevel, userId, groupId or deployKeyId must be given, got ${given.length}. ${at}`,
      ];
    }
    return typeof entry.accessLevel === "string" && !levels.includes(entry.accessLevel)
      ? [
          `Invalid Attribute Value Match. Attribute accessLevel value must be one of: ${JSON.stringify(levels)}, got: ${JSON.stringify(entry.accessLevel)}. ${at}`,
        ]
      : [];
  });
}

function entries(value: Value | undefined): Props[] {
  return Array.isArray(value) ? value.filter(isProps) : [];
}
