import { z } from "zod";

/** What of a sandbox answers requests, each with the words of its own service. */
export const SERVICES = ["gitlab", "git", "gitlab-registry", "heroku", "heroku-registry"] as const;
export type FaultyService = (typeof SERVICES)[number];

/** Which of the occasions that match it a fault hits: the `nth`, and those after it, `times` in all. */
const counted = {
  nth: z.int().positive().default(1),
  times: z.union([z.int().positive(), z.literal("always")]).default(1),
};

/**
 * Which requests. A path is GitLab's and Heroku's as they document it, `/projects/:id/variables`: `*` and `:name` are a part
 * of it, `**` any number of parts.
 */
const request = {
  service: z.enum(SERVICES),
  method: z
    .string()
    .regex(/^[A-Z]+$/, "a method is written in capitals, such as POST")
    .optional(),
  path: z.string().startsWith("/").optional(),
  ...counted,
};

const dyno = {
  /** The app's name. */
  app: z.string().optional(),
  ...counted,
};

const requestFaultSchema = z.discriminatedUnion("fault", [
  z.strictObject({
    fault: z.enum([
      // Answers of the service, without the request being carried out.
      "500",
      "502",
      "503",
      "expired-token",
      // A 500 that repeats all that it was sent, credentials too: the worst that an error can hold.
      "echo",
      // The connection is reset before the request is carried out, or after it, without an answer.
      "reset-before",
      "reset-after",
      // The request is carried out, and its answer ends in the middle.
      "truncated",
    ]),
    ...request,
  }),
  // `retryAfter` is what the answer asks to wait, in seconds.
  z.strictObject({ fault: z.literal("429"), retryAfter: z.int().nonnegative().default(1), ...request }),
  // The request is carried out at once, and its answer comes late.
  z.strictObject({ fault: z.literal("slow"), seconds: z.number().nonnegative().max(86_400), ...request }),
  // How far the clock that the answer's `Date` is of goes ahead; below zero: behind.
  z.strictObject({ fault: z.literal("clock-skew"), seconds: z.int(), ...request }),
  // The connection is reset in the middle of a blob.
  z.strictObject({
    fault: z.literal("registry-upload"),
    service: z.enum(["gitlab-registry", "heroku-registry"]),
    ...counted,
  }),
]);

const diskFaultSchema = z.strictObject({
  // The service cannot write its state.
  fault: z.literal("disk-full"),
  service: z.enum(["gitlab", "heroku"]),
  nth: counted.nth,
  times: counted.times.default("always"),
});

const jobFaultSchema = z.strictObject({
  // The runner ends while it runs a job: when the job's log has `line`, or else when its script begins.
  fault: z.literal("runner-dies"),
  /** The project's path, such as `root/mlserver`. */
  project: z.string().optional(),
  job: z.string().optional(),
  line: z.string().optional(),
  ...counted,
});

const dynoFaultSchema = z.discriminatedUnion("fault", [
  // The process ends by itself before it listens (status 1), or the kernel ends it for want of memory (R14, R15).
  z.strictObject({ fault: z.enum(["dyno-crash", "memory-exceeded"]), ...dyno }),
  // The process never listens on its port (R10), for `seconds` instead of Heroku's 60.
  z.strictObject({
    fault: z.literal("boot-timeout"),
    seconds: z.number().positive().max(60).optional(),
    ...dyno,
  }),
]);

const faultSchema = z.discriminatedUnion("fault", [
  requestFaultSchema,
  diskFaultSchema,
  jobFaultSchema,
  dynoFaultSchema,
]);

export type RequestFault = z.output<typeof requestFaultSchema>;
export type DiskFault = z.output<typeof diskFaultSchema>;
export type JobFault = z.output<typeof jobFaultSchema>;
export type DynoFault = z.output<typeof dynoFaultSchema>;
export type Fault = RequestFault | DiskFault | JobFault | DynoFault;

/** A fault as it is given: what is left out is as usual. */
export type FaultInput = z.input<typeof faultSchema>;

/** Reads a fault. @throws Error that says what is wrong with it */
export function readFault(given: unknown): Fault {
  const result = faultSchema.safeParse(given);
  if (result.success) return result.data;
  throw new Error(`fault of the sandbox: ${z.prettifyError(result.error)}`);
}
