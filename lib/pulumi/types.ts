/**
 * Type tokens of resources, `<package>:<module>:<Type>`, that several files speak of. A type that only `lib/kinds/`
 * knows is written there.
 */
export const types = {
  gitlab: {
    branchProtection: "gitlab:index/branchProtection:BranchProtection",
    deployKey: "gitlab:index/deployKey:DeployKey",
    project: "gitlab:index/project:Project",
    projectAccessToken: "gitlab:index/projectAccessToken:ProjectAccessToken",
    projectVariable: "gitlab:index/projectVariable:ProjectVariable",
    provider: "pulumi:providers:gitlab",
    tagProtection: "gitlab:index/tagProtection:TagProtection",
    userRunner: "gitlab:index/userRunner:UserRunner",
  },
  heroku: {
    app: "heroku:app/app:App",
    formation: "heroku:formation/formation:Formation",
    provider: "pulumi:providers:heroku",
  },
  command: "command:local:Command",
  dockerProvider: "pulumi:providers:docker",
  image: "docker:index/image:Image",
  stack: "pulumi:pulumi:Stack",
} as const;

/** Types of the program's own components begin with it. */
export const componentPrefix = "mlops:index:";

/** Type of one of the program's components, by its class name. */
export const componentType = (name: string) => `${componentPrefix}${name}`;
