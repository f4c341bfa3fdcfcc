import type { Contract } from "../contract.ts";
import { error } from "./common.ts";
import { operations as groups } from "./groups.ts";
import { operations as pipelines } from "./pipelines.ts";
import { operations as projectRecords } from "./project-records.ts";
import { operations as projects } from "./projects.ts";
import { operations as protection } from "./protection.ts";
import { operations as repository } from "./repository.ts";
import { operations as rules } from "./rules.ts";
import { operations as users } from "./users.ts";

/** GitLab's REST API, as far as it is in use. */
export const gitlab: Contract = {
  service: "gitlab",
  operations: {
    ...groups,
    ...pipelines,
    ...projectRecords,
    ...projects,
    ...protection,
    ...repository,
    ...rules,
    ...users,
  },
  error,
  everywhere: {
    // A project that was renamed: https://docs.gitlab.com/api/rest/#redirects
    301: "file",
    // https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/
    429: "file",
  },
};
