import * as gitlab from "@pulumi/gitlab";
import * as pulumi from "@pulumi/pulumi";
import { marked } from "../mark.ts";

/** What all projects of a stack have in common. */
export interface ProjectSettings {
  /** Id of the user's or group's namespace. */
  namespaceId: pulumi.Input<number>;
  visibility: pulumi.Input<string>;
  defaultBranch: string;
  /** Runners that take the jobs: the instance's shared ones or one of the project's own. */
  runner: "shared" | "project";
  /** Whether a merge request needs a pipeline that succeeded. */
  mergeChecks: "required" | "optional";
  /** Whether a destroyed project waits for some weeks, as GitLab has it, or is gone at once. */
  deletion: "delayed" | "permanent";
}

export interface GitLabProjectArgs {
  /** Name and path. */
  name: string;
  description: string;
  settings: ProjectSettings;
  /** Whether it keeps container images. */
  registry: boolean;
}

/** A GitLab project that shows its job logs to members alone, and its runner. */
export class GitLabProject extends pulumi.ComponentResource {
  readonly project: gitlab.Project;
  /** Token to register the project's own runner with; a secret, undefined with shared runners. */
  readonly runnerToken: pulumi.Output<string> | undefined;

  constructor(name: string, args: GitLabProjectArgs, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:index:GitLabProject", name, {}, opts);
    const { namespaceId, visibility, defaultBranch, runner: runners, mergeChecks, deletion } = args.settings;
    const own = runners === "project";
    this.project = new gitlab.Project(
      name,
      {
        name: args.name,
        path: args.name,
        description: marked(args.description),
        namespaceId,
        visibilityLevel: visibility,
        defaultBranch,
        // The first commit comes from a template.
        initializeWithReadme: false,
        // Job logs of a public project would be public too.
        publicJobs: false,
        // What the benchmarks ask of every project and GitLab Free has (docs/posture.md). Pipelines push; they merge nothing.
        mergeMethod: "ff",
        onlyAllowMergeIfAllDiscussionsAreResolved: true,
        onlyAllowMergeIfPipelineSucceeds: mergeChecks === "required",
        forkingAccessLevel: "disabled",
        containerRegistryAccessLevel: args.registry ? "private" : "disabled",
        sharedRunnersEnabled: !own,
        autoDevopsEnabled: false,
        // GitLab's own default promises no order, so an older deployment could be the last.
        resourceGroupDefaultProcessMode: "oldest_first",
        ...(deletion === "permanent" && { permanentlyDeleteOnDestroy: true }),
      },
      { parent: this },
    );
    if (own) {
      const runner = new gitlab.UserRunner(
        name,
        {
          runnerType: "project_type",
          projectId: this.project.id.apply(Number),
          description: marked(`Runner of ${args.name}`),
          untagged: true,
          // Both unprotected and protected refs: a tag that is not protected must run and fail.
          accessLevel: "not_protected",
          locked: true,
        },
        { parent: this },
      );
      this.runnerToken = pulumi.secret(runner.token);
    }
    this.registerOutputs();
  }
}
