import { type Environment, gitlab } from "@tag-to-endpoint/journey";

/** Levels that may create tags, by rule, as GitLab has them. */
export async function tagRules(environment: Environment, project: string): Promise<Record<string, number[]>> {
  const rules = await gitlab(environment).ProtectedTags.all(project);
  return Object.fromEntries(
    rules.map(({ name, create_access_levels }) => [
      name,
      (create_access_levels ?? []).map(({ access_level }) => Number(access_level)),
    ]),
  );
}
