import { z } from "zod";

/**
 * What the services know of their customers and no API of theirs can set: whether an account is verified, who pays, how
 * old an instance is. A sandbox starts with them (`--conditions <json>`); without any, all is as for an account in good
 * standing. What an administrator sets by the API is set by the API: see `gitlab/api/application-settings.ts` and
 * `gitlab/api/namespaces.ts`.
 */
export const conditionsSchema = z.strictObject({
  gitlab: z
    .strictObject({
      /**
       * What becomes of a project that is deleted: marked and renamed for the time of `deletion_adjourned_period` as
       * GitLab does since 18.0, marked under its old path as older paid tiers did, or gone at once as older free ones.
       */
      deletion: z.enum(["renamed", "marked", "immediate"]).default("renamed"),
      /** Whether the container registry can rename repositories: gitlab.com's can, one without metadata database cannot. */
      registryRenames: z.boolean().default(true),
      /** Users whose identity is not verified: on the Free plan their pipelines fail. */
      unverifiedUsers: z.array(z.string()).default([]),
      /** Paths of top-level groups whose owners switched access tokens of projects and groups off. */
      groupsWithoutAccessTokens: z.array(z.string()).default([]),
    })
    .prefault({}),
  heroku: z
    .strictObject({
      /** Whether the first account has payment information. */
      verified: z.boolean().default(true),
      /** Whether the first account has subscribed to Eco dynos. */
      ecoPlan: z.boolean().default(true),
      suspendedAt: z.iso.datetime().nullable().default(null),
      delinquentAt: z.iso.datetime().nullable().default(null),
      /** Requests that an account may make at once, and how many come back each minute. */
      rateLimit: z
        .strictObject({
          capacity: z.number().int().positive().default(4500),
          perMinute: z.number().positive().default(75),
        })
        .prefault({}),
    })
    .prefault({}),
});

export type Conditions = z.output<typeof conditionsSchema>;
/** Conditions as they are given: what is left out is as usual. */
export type ConditionsInput = z.input<typeof conditionsSchema>;

/** Reads conditions. @throws Error that says what is wrong with them */
export function readConditions(given: unknown): Conditions {
  const result = conditionsSchema.safeParse(given);
  if (result.success) return result.data;
  throw new Error(`conditions of the sandbox: ${z.prettifyError(result.error)}`);
}
