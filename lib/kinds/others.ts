/** Resources that guard nothing and give nobody access, each with the reason. */
import { images } from "./images.ts";
import type { Kind, Section } from "./kind.ts";

const harmless = (noun: string, reason: string): Kind => ({
  subject: (_, name) => [noun, name],
  attributes: {},
  harmless: reason,
});

export const others: Section = {
  title: "Other",
  kinds: {
    ...images,
    "gitlab:index/projectBadge:ProjectBadge": harmless("badge", "a picture on the project's page"),
    "gitlab:index/label:Label": harmless("label", "a word to sort issues by"),
    "gitlab:index/projectLabel:ProjectLabel": harmless("label", "a word to sort issues by"),
    "gitlab:index/projectMilestone:ProjectMilestone": harmless("milestone", "a date to sort issues by"),
  },
};
