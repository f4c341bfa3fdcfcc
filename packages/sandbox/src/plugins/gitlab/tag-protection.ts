/** gitlab:index/tagProtection:TagProtection, https://docs.gitlab.com/api/protected_tags/ */
import type { Resource } from "../shared/provider.ts";
import type { Props } from "../shared/values.ts";
import {
  type AccessDescription,
  checkEntries,
  entriesOf,
  levelOf,
  optionsOf,
  roleOf,
} from "./access-rules.ts";
import { explain, type GitLab, unlessGone } from "./api.ts";
import { levelValue, PROTECTION_LEVELS, twoParts } from "./ids.ts";

const FORM = "<project-id>:<tag>";

interface ProtectedTag {
  name: string;
  create_access_levels: AccessDescription[];
}

export function tagProtection(api: GitLab): Resource {
  const tags = () => api.rest.ProtectedTags;
  return {
    rules: {
      defaults: { createAccessLevel: "maintainer" },
      // The API has no call to change a protected tag.
      replaces: ["project", "tag", "createAccessLevel", "allowedToCreates"],
      oneOf: { createAccessLevel: PROTECTION_LEVELS },
      sets: ["allowedToCreates"],
    },

    check: (context, inputs) => ({
      failures: checkEntries(
        inputs.allowedToCreates,
        PROTECTION_LEVELS,
        `${context.name}.allowedToCreates`,
      ).map((reason) => ({ property: "", reason })),
    }),

    async create(_context, inputs) {
      const project = String(inputs.project);
      const tag = String(inputs.tag);
      const allowed = optionsOf(inputs.allowedToCreates);
      const protect = () =>
        tags().protect(project, tag, {
          create_access_level: levelValue(String(inputs.createAccessLevel)),
          allowed_to_create: allowed,
        } as never) as Promise<unknown> as Promise<ProtectedTag>;
      let rule: ProtectedTag;
      try {
        rule = await protect();
      } catch {
        // A rule of that name exists: the official provider takes it over.
        await explain(
          "GitLab API error occurred: Unable to unprotect repository tag",
          tags().unprotect(project, tag),
        );
        rule = await explain("GitLab API error occurred: Unable to protect repository tag", protect());
      }
      if (allowed.length > rule.create_access_levels.length - 1 && allowed.length > 0) {
        throw new Error(
          "GitLab API error occurred: feature unavailable: `allowed_to_create`, Premium or Ultimate license " +
            "required. Warning: Changes have partially been persisted!",
        );
      }
      return { id: `${project}:${rule.name}`, outputs: outputsOf(project, rule) };
    },

    async read(_context, id) {
      const [project, tag] = twoParts(id, FORM);
      const rule = await unlessGone(tags().show(project, tag) as Promise<unknown> as Promise<ProtectedTag>);
      return rule && { id: `${project}:${rule.name}`, outputs: outputsOf(project, rule) };
    },

    async update() {
      throw new Error("a protected tag cannot be changed in place");
    },

    async delete(_context, id) {
      const [project, tag] = twoParts(id, FORM);
      await unlessGone(tags().unprotect(project, tag));
    },
  };
}

function outputsOf(project: string, rule: ProtectedTag): Props {
  const role = roleOf(rule.create_access_levels);
  const others = entriesOf(rule.create_access_levels.filter((item) => item !== role));
  return {
    project,
    tag: rule.name,
    createAccessLevel: levelOf(rule.create_access_levels) ?? null,
    allowedToCreates: others.length > 0 ? others : null,
  };
}
