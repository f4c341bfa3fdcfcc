/** Type tokens of the resources that the product speaks of, `<package>:<module>:<Type>`. */
export const types = {
  gitlab: {
    branchProtection: "gitlab:index/branchProtection:BranchProtection",
    deployKey: "gitlab:index/deployKey:DeployKey",
    project: "gitlab:index/project:Project",
    projectAccessToken: "gitlab:index/projectAccessToken:ProjectAccessToken",
    projectMembership: "gitlab:index/projectMembership:ProjectMembership",
    projectVariable: "gitlab:index/projectVariable:ProjectVariable",
    provider: "pulumi:providers:gitlab",
    tagProtection: "gitlab:index/tagProtection:TagProtection",
    userRunner: "gitlab:index/userRunner:UserRunner",
  },
  heroku: {
    app: "heroku:app/app:App",
    collaborator: "heroku:collaborator/collaborator:Collaborator",
    configAssociation: "heroku:app/configAssociation:ConfigAssociation",
    formation: "heroku:formation/formation:Formation",
    provider: "pulumi:providers:heroku",
  },
  command: "command:local:Command",
  image: "docker:index/image:Image",
  stack: "pulumi:pulumi:Stack",
} as const;

/** Types of the program's own components begin with it. */
export const componentPrefix = "mlops:index:";

/** Type of one of the program's components, by its class name. */
export const componentType = (name: string) => `${componentPrefix}${name}`;
