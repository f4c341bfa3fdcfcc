import { gitlabComKnownHosts, isGitLabCom } from "../../lib/gitlab/known-hosts.ts";
import type { StackConfig } from "../config/config.ts";
import type { Facts } from "../preflight/facts.ts";
import type { CiVariable } from "./gitlab/ci-variables.ts";
import type { ProjectSettings } from "./gitlab/project.ts";
import type { ProtectionRules } from "./gitlab/ref-protection.ts";
import type { WriteAccessSettings } from "./gitlab/write-access.ts";
import type { HerokuHostArgs } from "./heroku/host.ts";
import type { RuntimeImageArgs } from "./server-images.ts";

/** The settings as the components take them. */
export interface SettingGroups {
  /** What all GitLab projects have in common. */
  readonly project: ProjectSettings;
  readonly protection: ProtectionRules;
  readonly writeAccess: WriteAccessSettings;
  readonly runtime: RuntimeImageArgs;
  readonly heroku: HerokuHostArgs;
  /** The CI/CD variables of a model's pipeline that settings decide, by the model's name. */
  modelVariables(model: string): Readonly<Record<string, CiVariable>>;
}

/** The host keys that pipelines expect of GitLab: those that are set, or the published ones of gitlab.com. */
function knownHostsOf({ gitlab, gitlabSshKnownHosts }: StackConfig): string | undefined {
  return gitlabSshKnownHosts ?? (isGitLabCom(gitlab.url) ? gitlabComKnownHosts : undefined);
}

/** Which setting, or which fact that the preflight found, goes to which component. */
export function groupSettings(config: StackConfig, facts: Facts): SettingGroups {
  return {
    project: {
      namespaceId: facts.namespaceId,
      visibility: config.visibility,
      defaultBranch: config.defaultBranch,
      runner: config.runner,
      mergeChecks: config.mergeChecks,
      deletion: config.projectDeletion,
    },
    protection: {
      enterprise: facts.enterprise,
      pushAccessLevel: config.branchPushAccessLevel,
      mergeAccessLevel: config.branchMergeAccessLevel,
      tagPattern: config.tagPattern,
      tagCreateAccessLevel: config.tagCreateAccessLevel,
    },
    writeAccess: {
      kind: config.writeAccess,
      token: config.writeToken,
      knownHosts: knownHostsOf(config),
      expiryDays: config.accessTokenExpiryDays,
      rotateBeforeDays: config.accessTokenRotateBeforeDays,
      generations: config.accessTokenGenerations,
    },
    runtime: {
      builtBy: config.firstRelease,
      baseImage: config.baseImage,
      platform: config.imagePlatform,
      runtimes: config.mlserverRuntimes,
      training: config.trainingImage === "built",
    },
    heroku: {
      account: config.heroku,
      registry: config.herokuRegistry,
      app: config.herokuApp,
      region: config.herokuRegion,
      team: config.herokuTeam,
      dynoSize: config.dynoSize,
      dynoQuantity: config.dynoQuantity,
      tokenScopes: config.herokuTokenScopes,
      tokenExpiryDays: config.herokuTokenExpiryDays,
      tokenGenerations: config.herokuTokenGenerations,
    },
    modelVariables: (model) => ({
      GIT_USER_EMAIL: {
        value: config.gitUserEmail ?? facts.user.email,
        description: "Author of delivered models",
      },
      GIT_USER_NAME: {
        value: config.gitUserName ?? `GitLab ${model}`,
        description: "Author of delivered models",
      },
    }),
  };
}
