/** Resources that guard nothing and give nobody access, each with the reason. */
import { types } from "../pulumi/types.ts";
import type { Kind, Section } from "./kind.ts";

const harmless = (noun: string, reason: string): Kind => ({
  subject: (_, name) => [noun, name],
  attributes: {},
  harmless: reason,
});

export const others: Section = {
  title: "Other",
  kinds: {
    [types.image]: {
      ...harmless(
        "image",
        "what is built is in the repository; where it is pushed to is a project of the stack",
      ),
      credentials: ["registry.password"],
    },
    "gitlab:index/projectBadge:ProjectBadge": harmless("badge", "a picture on the project's page"),
    "gitlab:index/label:Label": harmless("label", "a word to sort issues by"),
    "gitlab:index/projectLabel:ProjectLabel": harmless("label", "a word to sort issues by"),
    "gitlab:index/projectMilestone:ProjectMilestone": harmless("milestone", "a date to sort issues by"),
  },
};
