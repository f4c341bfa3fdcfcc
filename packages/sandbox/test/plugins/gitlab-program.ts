import { secret } from "@pulumi/pulumi";
import { Thing, type ThingOptions } from "./engine.ts";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxyUVWTtSOlMRLhRg0iCKbmCfvhpKq5KvZ0eQJzKxZv";

/** Inputs of any resource. */
export type Inputs = Record<string, unknown>;

/** Changes for some of the resources. */
export type Overrides = Partial<
  Record<"project" | "variable" | "tag" | "branch" | "token" | "key" | "member" | "runner", Inputs>
>;

/** One of each resource, with changes for some; the member is that user. */
export const program =
  (userId: number, overrides: Overrides = {}) =>
  async () => {
    const thing = (type: string, name: keyof Overrides, inputs: Inputs, options: ThingOptions = {}) =>
      new Thing(`gitlab:index/${type}`, name, { ...inputs, ...overrides[name] }, options);
    const project = thing(
      "project:Project",
      "project",
      {
        name: "mlserver",
        description: "serves models",
        visibilityLevel: "private",
        initializeWithReadme: true,
        topics: ["ml", "api"],
      },
      { outputs: ["webUrl", "httpUrlToRepo", "pathWithNamespace", "runnersToken", "defaultBranch"] },
    );
    const inProject = { project: project.id };
    thing(
      "projectVariable:ProjectVariable",
      "variable",
      {
        ...inProject,
        key: "API_KEY",
        value: secret("value-4711-plain"),
        masked: true,
        protected: true,
      },
      { deleteBeforeReplace: true },
    );
    thing(
      "tagProtection:TagProtection",
      "tag",
      { ...inProject, tag: "v*", createAccessLevel: "maintainer" },
      { deleteBeforeReplace: true },
    );
    thing(
      "branchProtection:BranchProtection",
      "branch",
      {
        ...inProject,
        branch: "main",
        allowedToPushes: [{ accessLevel: "maintainer" }],
        allowedToMerges: [{ accessLevel: "developer" }],
        allowedToUnprotects: [{ accessLevel: "maintainer" }],
      },
      { deleteBeforeReplace: true },
    );
    const token = thing(
      "projectAccessToken:ProjectAccessToken",
      "token",
      {
        ...inProject,
        name: "access-mlserver",
        scopes: ["write_repository", "read_repository"],
        accessLevel: "developer",
        rotationConfiguration: { expirationDays: 30, rotateBeforeDays: 7 },
      },
      { outputs: ["token", "expiresAt", "active"] },
    );
    thing(
      "deployKey:DeployKey",
      "key",
      { ...inProject, title: "reader", key: `${KEY}\n` },
      { deleteBeforeReplace: true },
    );
    thing("projectMembership:ProjectMembership", "member", {
      ...inProject,
      userId,
      accessLevel: "developer",
    });
    thing(
      "userRunner:UserRunner",
      "runner",
      {
        runnerType: "project_type",
        projectId: project.id.apply(Number),
        description: "local",
        untagged: true,
        tagLists: ["docker", "linux"],
      },
      { outputs: ["token"] },
    );
    return {
      id: project.id,
      url: project.out("httpUrlToRepo"),
      path: project.out("pathWithNamespace"),
      token: token.out("token"),
      expiresAt: token.out("expiresAt"),
    };
  };

/** The names of its resources. */
const ALL = ["project", "variable", "tag", "branch", "token", "key", "member", "runner"];
/** The same step for each of them, but for some. */
export const all = (step: string, others: Record<string, string> = {}) => ({
  ...Object.fromEntries(ALL.map((name) => [name, step])),
  ...others,
});
