/** Container images: what they are built of and where they come from. */
import { types } from "../pulumi/types.ts";
import { isProperties, type Properties, shown, UNKNOWN } from "../pulumi/values.ts";
import { type Comparer, forAPerson, unclear } from "./comparers.ts";
import { harmless, harmlessHidden, type Kind } from "./kind.ts";
import { reasons } from "./reasons.ts";

interface Reference {
  /** Registry and repository: `docker.io/library/python`. */
  readonly place: string;
  readonly digest: string | undefined;
}

/** Reads the name of an image. https://pkg.go.dev/github.com/distribution/reference */
function reference(text: string): Reference {
  const [named = "", digest] = text.split("@", 2);
  const name = named.replace(/:[^:/]*$/, "");
  const [first = "", ...rest] = name.split("/");
  const hasRegistry = rest.length > 0 && /[.:]|^localhost$/.test(first);
  const onHub = rest.length > 0 ? name : `library/${name}`;
  return { place: hasRegistry ? name : `docker.io/${onHub}`, digest };
}

/** An image by name: from another place it is for a person to look at, and without a digest where it had one. */
export const imageName: Comparer = (before, after) => {
  const told = unclear(before, after);
  if (typeof before !== "string" || typeof after !== "string" || after === UNKNOWN) return told;
  const [old, wanted] = [reference(before), reference(after)];
  if (old.place !== wanted.place)
    return { ...told, note: "from another place: who publishes it decides what runs" };
  if (old.digest && !wanted.digest)
    return { ...told, rank: "weaker", note: "no longer by digest: what it is can change at any time" };
  return { ...told, rank: "neutral", reason: reasons.imageVersion };
};

const argsOf = ({ build }: Properties): Properties =>
  isProperties(build) && isProperties(build.args) ? build.args : {};

const contextOf = ({ build }: Properties) => (isProperties(build) ? shown(build.context) : "?");

/** An image that the stack builds. https://www.pulumi.com/registry/packages/docker/api-docs/image/ */
export const image: Kind = {
  subject: (_, name) => ["image", name],
  attributes: {
    "build.args.BASE_IMAGE": { label: "base image", compare: imageName },
    "build.args.RUNTIME_IMAGE": {
      label: "runtime image that it is built on",
      compare: imageName,
      follows: true,
    },
    "build.args.RUNTIMES": harmless(
      "model frameworks",
      "names of frameworks; their packages are pinned by the repository's lock files",
    ),
    "build.context": { label: "folder that it is built of", compare: unclear },
    "build.dockerfile": { label: "Dockerfile", compare: unclear },
    "build.contextDigest": harmlessHidden(
      "what is in its folder",
      "the folder is in the repository, where a change of it is read as source",
    ),
    "build.platform": harmless("platform", "the processor that it is for"),
    imageName: { label: "pushed as", compare: imageName, follows: true },
    "registry.server": {
      label: "registry",
      compare: forAPerson("another registry gets the image and the password"),
      follows: true,
    },
    "registry.username": harmless(
      "user of the registry",
      "whose password it is; where it is sent is told by itself",
    ),
    "registry.password": harmlessHidden(
      "password of the registry",
      "the stack's own token; where it is sent is told by itself",
    ),
  },
  created: {
    rank: "unclear",
    note: (inputs) =>
      `new; built of ${contextOf(inputs)} on ${shown(argsOf(inputs).BASE_IMAGE ?? argsOf(inputs).RUNTIME_IMAGE)}`,
    inNew: "the stack's first: nothing ran before",
  },
  deleted: { rank: "neutral", note: "no longer built", harmless: "what uses it is told by itself" },
  credentials: ["registry.password"],
};

export const images = { [types.image]: image };
