/** CI/CD variables by name: what the pipelines of the stack do with each. Other names are for a person to look at. */

/** What a variable of the stack's own pipelines is for. */
export type Use =
  /** A credential that a resource of the stack gives out. */
  | { readonly is: "credential" }
  /** The image that jobs run in, or that is released. */
  | { readonly is: "image" }
  /** Decides what jobs do, or where something is sent. */
  | { readonly is: "decisive"; readonly note: string }
  /** No value of it lets anybody do anything. */
  | { readonly is: "harmless"; readonly reason: string };

const credential: Use = { is: "credential" };
const image: Use = { is: "image" };
const sent: Use = { is: "decisive", note: "a credential is sent there" };

export const ownVariables: Readonly<Record<string, Use>> = {
  BASE_IMAGE: image,
  BUILD_TRAINING: { is: "harmless", reason: "whether the image that models are trained in is built, too" },
  DEPLOY_ON: { is: "decisive", note: "which commits are deployed" },
  GIT_USER_EMAIL: { is: "harmless", reason: "an address in a commit; who may push is a rule's" },
  GIT_USER_NAME: { is: "harmless", reason: "a name in a commit; who may push is a rule's" },
  HEROKU_API_KEY: credential,
  HEROKU_API_URL: sent,
  HEROKU_APP: { is: "decisive", note: "another app gets the releases" },
  HEROKU_REGISTRY: sent,
  IMAGE_PLATFORM: { is: "harmless", reason: "the processor that the image is for" },
  MLSERVER_REPO: credential,
  MLSERVER_RUNTIMES: {
    is: "harmless",
    reason: "names of frameworks; their packages are pinned by the repository's lock files",
  },
  MLSERVER_SSH_KEY: credential,
  MLSERVER_SSH_KNOWN_HOSTS: { is: "decisive", note: "which server is taken for GitLab" },
  MLSERVER_SSH_URL: sent,
  RUNTIME_IMAGE: image,
  TRAINING_IMAGE: image,
};

/** Names that GitLab, git, pip, docker and shells read, each with what it can do; the first that fits counts. */
const foreign: readonly (readonly [RegExp, string])[] = [
  [/^CI_DEBUG_(TRACE|SERVICES)$/, "job logs then show every variable, credentials too"],
  [/^(PIP|UV)_/, "packages may be installed from elsewhere"],
  [/^(HTTPS?|ALL|NO|FTP)_PROXY$/i, "what jobs send goes through it"],
  [/IMAGE$/, "jobs may run in another image"],
  [/^(DOCKER|BUILDKIT|BUILDX)_/, "docker of the jobs does something else"],
  [/^(GIT|SSH)_/, "git of the jobs does something else"],
  [/^(PYTHON|LD_|PATH$|BASH_ENV$|ENV$|HOME$|IFS$|NODE_|JUPYTER)/, "other code may run in the jobs"],
  [/^(CI_|GITLAB_|FF_|RUNNER_|SECURE_|AUTO_DEVOPS)/, "GitLab or its runner does something else"],
  [/(TOKEN|KEY|PASSWORD|SECRET)$/, "a credential that the stack does not make"],
  [
    /URL|URI|HOST|REGISTRY|ENDPOINT|ADDRESS|SERVER|REPO|DOMAIN|PROXY/,
    "it may say where a credential is sent",
  ],
];

/** What a variable of another name may do, in words. */
export function mayDo(key: string): string {
  return foreign.find(([name]) => name.test(key))?.[1] ?? "jobs may do something else by it";
}
