import { z } from "zod";
import runtimes from "../../image/runtime/runtimes.json" with { type: "json" };

/**
 * The settings of namespace `mlops:`: each with its type, default and, as the message of every check, what is
 * allowed. `example` is what a fix proposes.
 */
export interface Setting<T> {
  readonly schema: z.ZodType<T>;
  readonly example: string;
  /** For lists: where in it the example goes. */
  readonly path?: string;
  readonly secret?: boolean;
}

const text = (pattern: RegExp, allowed: string) => z.string(allowed).regex(pattern, allowed);

const oneOf = <const T extends string>(...values: readonly [T, ...T[]]) => z.enum(values, choice(values));

/** A choice in any letter case, in the spelling of the service, which would show another one as a change. */
const anyCase = <const T extends string>(...values: readonly [T, ...T[]]) =>
  z.preprocess(
    (given) =>
      typeof given === "string"
        ? (values.find((v) => v.toLowerCase() === given.toLowerCase()) ?? given)
        : given,
    oneOf(...values),
  );

/** Pulumi hands numbers over as text. */
const wholeNumber = (min: number, max: number) => {
  const allowed = `a whole number from ${min} to ${max}`;
  return z.preprocess(
    (given) => (typeof given === "string" && /^-?\d+$/.test(given) ? Number(given) : given),
    z.number(allowed).int(allowed).min(min, allowed).max(max, allowed),
  );
};

/** Pulumi hands lists and objects over as JSON. */
const fromJson = <T>(schema: z.ZodType<T>) =>
  z.preprocess((given) => {
    if (typeof given !== "string") return given;
    try {
      return JSON.parse(given);
    } catch {
      return given;
    }
  }, schema);

const list = <T>(item: z.ZodType<T>, allowed: string) => fromJson(z.array(item, allowed).min(1, allowed));

function choice(values: readonly string[]): string {
  return values.length < 2 ? values.join() : `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
}

/** Told as a whole, not by entry: it is set as a whole. */
const generations = fromJson(
  z.custom<readonly number[]>(
    (given) =>
      Array.isArray(given) &&
      given.length > 0 &&
      given.every((one, index) => Number.isSafeInteger(one) && one > (index === 0 ? 0 : given[index - 1])),
    "a list of whole numbers from 1, each greater than the one before, like [1] or [1,2]",
  ),
).default([1]);

const slug = "2 to 50 lowercase letters, digits and dashes, starting with a letter, not ending with a dash";
const slugPattern = /^[a-z][a-z0-9-]{0,48}[a-z0-9]$/;
const branch = "a branch name: letters, digits and . _ - / with no space";
const eMail = "an e-mail address, like ci@example.com";
const scopes = ["global", "identity", "read", "write", "read-protected", "write-protected"] as const;
const modelList = "a list of models, each with a name and (optional) a template folder under models/";

type Runtime = keyof typeof runtimes;
const runtimeNames = Object.keys(runtimes) as [Runtime, ...Runtime[]];

export const model = z.strictObject(
  {
    name: text(slugPattern, slug),
    template: text(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "the name of a folder under models/").optional(),
  },
  "an object with name and (optional) template",
);

export const settings = {
  gitlabNamespace: {
    schema: text(
      /^[A-Za-z0-9_][\w.-]*(\/[A-Za-z0-9_][\w.-]*)*$/,
      "the path of a GitLab user or group that the token may create projects in, like my-group or my-group/ml",
    ),
    example: "my-group",
  },
  serverProjectName: { schema: text(slugPattern, slug).default("mlserver"), example: "mlserver" },
  visibility: { schema: oneOf("private", "internal", "public").default("private"), example: "private" },
  defaultBranch: {
    schema: text(/^(?!.*(\.\.|\/\/))[A-Za-z0-9][\w./-]*$/, branch).default("main"),
    example: "main",
  },
  runner: { schema: oneOf("shared", "project").default("shared"), example: "shared" },

  herokuApp: {
    schema: text(
      /^[a-z][a-z0-9-]{1,28}[a-z0-9]$/,
      "3 to 30 lowercase letters, digits and dashes, starting with a letter, not ending with a dash",
    ),
    example: "my-mlserver",
  },
  herokuTeam: {
    schema: text(/^[a-z0-9][a-z0-9-]*$/, "the name of a Heroku team").optional(),
    example: "my-team",
  },
  herokuRegion: {
    schema: text(/^[a-z]+$/, "the name of a Heroku region: us, eu, or a region of Private Spaces").default(
      "us",
    ),
    example: "eu",
  },
  herokuRegistry: {
    schema: text(
      /^[A-Za-z0-9.-]+(:\d+)?$/,
      "a host name, with a port if need be, and no scheme or path",
    ).optional(),
    example: "registry.heroku.com",
  },
  dynoSize: {
    schema: anyCase(
      "Eco",
      "Basic",
      "Standard-1X",
      "Standard-2X",
      "Performance-M",
      "Performance-L",
      "Performance-L-RAM",
      "Performance-XL",
      "Performance-2XL",
    ).default("Basic"),
    example: "Basic",
  },
  dynoQuantity: { schema: wholeNumber(1, 100).default(1), example: "1" },
  // What the deploy job does: push an image, release it, look at release and dynos. No account, no other users.
  herokuTokenScopes: {
    schema: list(oneOf(...scopes), `a list of Heroku's scopes: ${choice(scopes)}`).default([
      "read",
      "write-protected",
    ]),
    example: "write-protected",
    path: "[0]",
  },
  herokuTokenExpiryDays: { schema: wholeNumber(1, 365).default(365), example: "365" },
  // Which generations of a credential exist: `npm run rotate` counts them up.
  herokuTokenGenerations: { schema: generations, example: "'[1]'" },

  tagPattern: {
    schema: text(/^[^\s~^:?[\\]+$/, "a tag name in which * stands for any text, like v*").default("v*"),
    example: "'v*'",
  },
  tagCreateAccessLevel: {
    schema: oneOf("maintainer", "developer", "no one").default("maintainer"),
    example: "maintainer",
  },
  // Seeds and model pipelines push to the default branch, so "no one" would stop every delivery.
  branchPushAccessLevel: {
    schema: oneOf("maintainer", "developer").default("maintainer"),
    example: "maintainer",
  },
  branchMergeAccessLevel: {
    schema: oneOf("maintainer", "developer", "no one").default("maintainer"),
    example: "maintainer",
  },
  deployOn: {
    schema: oneOf("defaultBranch", "everyCommit").default("defaultBranch"),
    example: "defaultBranch",
  },

  writeAccess: {
    schema: oneOf("projectAccessToken", "token").default("projectAccessToken"),
    example: "projectAccessToken",
  },
  writeToken: {
    schema: text(/^\S{8,}$/, "a GitLab token with scope write_repository on the server project").optional(),
    example: "",
    secret: true,
  },
  // GitLab's own limit; the policy pack refuses more where an administrator raised it.
  accessTokenExpiryDays: { schema: wholeNumber(2, 365).default(90), example: "90" },
  accessTokenGenerations: { schema: generations, example: "'[1]'" },
  accessTokenRotateBeforeDays: { schema: wholeNumber(1, 364).default(30), example: "30" },
  gitUserEmail: { schema: text(/^[^\s@<>]+@[^\s@<>]+$/, eMail).optional(), example: "ci@example.com" },
  gitUserName: {
    schema: text(/^[^<>\n]{1,100}$/, "up to 100 characters without < and >").optional(),
    example: "'GitLab CI'",
  },

  baseImage: {
    schema: text(/^[a-z0-9][\w.:/@-]*$/, "a container image reference with Python 3.11 on Debian").optional(),
    example: "python:3.11-slim-bookworm",
  },
  imagePlatform: { schema: oneOf("linux/amd64", "linux/arm64").optional(), example: "linux/amd64" },
  mlserverRuntimes: {
    schema: list(oneOf(...runtimeNames), `a list of MLServer runtimes: ${runtimeNames.join(", ")}`).default([
      "sklearn",
    ]),
    example: "sklearn",
    path: "[0]",
  },
  models: {
    schema: list(model, modelList).default([{ name: "iris-decision-tree" }, { name: "product-classifier" }]),
    example: "iris-decision-tree",
    path: "[0].name",
  },
} satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof settings;
export type Settings = { [Name in SettingName]: z.output<(typeof settings)[Name]["schema"]> };
