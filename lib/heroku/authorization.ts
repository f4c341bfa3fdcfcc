/** Heroku's OAuth authorizations, as a command of the stack makes them. */

/** Scopes that an authorization can have. https://devcenter.heroku.com/articles/oauth#scopes */
export const authorizationScopes = [
  "global",
  "identity",
  "read",
  "write",
  "read-protected",
  "write-protected",
] as const;

/** Whether an authorization with a scope may do all that another lets it do; `-protected` includes config vars. */
export function authorizationScopeCovers(scope: string, other: string): boolean {
  return (
    scope === "global" ||
    (scope === "write-protected" && ["write", "read-protected", "read"].includes(other)) ||
    (["write", "read-protected"].includes(scope) && other === "read")
  );
}

/** The program under `infra/commands/` that makes them, without `.ts`. */
export const authorizationProgram = "heroku-authorization";

/** Whether a command line is the one of a stack's resource that makes an authorization. */
export function makesAuthorization(commandLine: unknown): boolean {
  return typeof commandLine === "string" && commandLine.includes(authorizationProgram);
}
