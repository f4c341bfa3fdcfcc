/** Commands that a stack runs. https://www.pulumi.com/registry/packages/command/api-docs/local/command/ */
import { mayHoldCredential, redact } from "../credentials/patterns.ts";
import { authorizationProgram } from "../heroku/authorization.ts";
import { types } from "../pulumi/types.ts";
import { isProperties, type Properties, shown, type Value } from "../pulumi/values.ts";
import { type Comparer, forAPerson, strictestFirst, unclear } from "./comparers.ts";
import { authorization } from "./credentials.ts";
import { imageName } from "./images.ts";
import { type Attribute, harmless, harmlessHidden, type Kind } from "./kind.ts";
import { programOf } from "./programs.ts";

/** As long as a text of a program is shown. */
const LONGEST = 300;

const said = (value: Value | undefined) => redact(shown(value, LONGEST));

/** The text of what is run: any change is for a person to look at. */
const text: Comparer = (before, after) => ({ rank: "unclear", before: said(before), after: said(after) });

/** What is run, and how. */
const running: Readonly<Record<string, Attribute>> = {
  create: { label: "runs", compare: text },
  update: { label: "runs at an update", compare: text },
  delete: { label: "runs at its deletion", compare: text },
  interpreter: { label: "run by", compare: text },
  dir: { label: "run in", compare: text },
  stdin: { label: "gets as input", compare: text },
  triggers: { label: "runs again for another", compare: text },
  addPreviousOutputInEnv: { label: "gets what it printed before", compare: unclear },
  assetPaths: { label: "files that it gives out", compare: text },
  archivePaths: { label: "files that it gives out", compare: text },
  logging: {
    label: "shown while it runs",
    compare: strictestFirst("none", "stderr", "stdout", "stdoutAndStderr"),
    absent: "stdoutAndStderr",
  },
};

/** A variable of a program as `NAME=value`; of one that may hold a credential the name alone. */
function variableWords([name, value]: [string, Value]): string {
  const plain = said(value);
  return mayHoldCredential(name) && typeof value === "string" ? `${name} [secret]` : `${name}=${plain}`;
}

/** What a command runs and is given, in one line without secrets. */
function commandWords({ create, interpreter, dir, stdin, environment }: Properties): string {
  const variables = isProperties(environment) ? Object.entries(environment).map(variableWords) : [];
  const parts = [
    `runs: ${said(create)}`,
    ...(interpreter ? [`by ${said(interpreter)}`] : []),
    ...(dir ? [`in ${said(dir)}`] : []),
    ...(stdin ? [`input: ${said(stdin)}`] : []),
    ...(variables.length > 0 ? [`with ${variables.join(", ")}`] : []),
  ];
  return parts.join("; ");
}

const subject: Kind["subject"] = (_, name) => ["command", name];

/** A command that is none of the stack's own programs: nothing is known of it. */
const command: Kind = {
  subject,
  attributes: running,
  created: { rank: "unclear", note: (inputs) => `new; ${commandWords(inputs)}` },
  deleted: {
    rank: "unclear",
    note: ({ delete: line }) => (line ? `deleted; runs: ${said(line)}` : "deleted; nothing is run for it"),
  },
};

const sends = forAPerson("its token is sent there");

/** Variables of the stack's own programs, whose text is in the repository. */
const ownVariables: Readonly<Record<string, Attribute>> = {
  GITLAB_TOKEN: harmlessHidden("GitLab token", "the stack's own token; where it is sent is told by itself"),
  HEROKU_API_KEY: harmlessHidden("Heroku key", "the stack's own key; where it is sent is told by itself"),
  GITLAB_URL: { label: "GitLab", compare: sends },
  HEROKU_API_URL: { label: "Heroku", compare: sends },
  HEROKU_REGISTRY: { label: "Heroku's registry", compare: sends },
  HEROKU_APP: { label: "app", compare: forAPerson("another app gets the release"), follows: true },
  REPOSITORY_URL: { label: "repository", compare: sends, follows: true },
  PROJECT: { label: "project", compare: forAPerson("another project gets what it makes"), follows: true },
  RUNTIME_IMAGE: { label: "runtime image", compare: imageName, follows: true },
  SOURCE_IMAGE: { label: "image that it copies", compare: imageName, follows: true },
  BRANCH: { label: "branch", compare: forAPerson("is it protected?") },
  TEMPLATE: harmless("template", "a folder of the repository, for a project that has no commit yet"),
  COMMON: harmless("common template", "a folder of the repository, for a project that has no commit yet"),
  RUNTIME: harmless("sources of the runtime image", "a folder of the repository"),
  RUNTIME_HASH: harmlessHidden(
    "sources of the runtime image",
    "they are in the repository, where a change of them is read as source",
  ),
  NAME: harmless("name", "what is made calls itself so"),
  GIT_USER_NAME: harmless("author of its commits", "a name in a commit; who may push is a rule's"),
  GIT_USER_EMAIL: harmless("author's e-mail", "an address in a commit; who may push is a rule's"),
  TRAINING: harmless("waits for the training image", "whether the pipeline is expected to build it"),
};

/** One of the stack's own programs: what it runs is read as source, and what it is given is told. */
const ownProgram: Kind = {
  subject,
  attributes: {
    ...running,
    triggers: harmless("runs again", "the same program runs again; what it is given is told by itself"),
    ...Object.fromEntries(
      Object.entries(ownVariables).map(([name, attribute]) => [`environment.${name}`, attribute]),
    ),
  },
  created: {
    rank: "unclear",
    note: (inputs) => `new; ${commandWords(inputs)}`,
    inNew: "a program of the repository, for a stack that is not up yet",
  },
  deleted: {
    rank: "neutral",
    note: "no longer run",
    harmless: "what a program of the repository does at its deletion is read as source",
  },
  isSame: (old, made) => programOf(old) !== undefined && programOf(old) === programOf(made),
  countsNeutral: true,
};

/** The kind of a command by what it runs, before and after. */
export function commandKind(inputs: readonly Properties[]): Kind {
  const [first, ...others] = inputs.map(programOf);
  if (first === undefined || others.some((other) => other !== first)) return command;
  return first === authorizationProgram ? authorization : ownProgram;
}

/** All kinds of commands, for the list of what is harmless. */
export const commandKinds: Readonly<Record<string, Kind>> = {
  "a command": command,
  "a program of the repository": ownProgram,
  "the program heroku-authorization": authorization,
};

export const commands: Readonly<Record<string, Kind>> = {
  [types.command]: { ...authorization, which: commandKind },
};
