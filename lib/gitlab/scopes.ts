/**
 * Whether a token with a scope may do all that another scope lets it do.
 * https://docs.gitlab.com/security/tokens/#available-scopes
 */
export function tokenScopeCovers(scope: string, other: string): boolean {
  if (scope === "api") return /^(read_|write_re|create_runner|manage_runner|self_rotate)/.test(other);
  return (
    (scope === "write_repository" && other === "read_repository") ||
    (scope === "read_api" && other === "read_user")
  );
}
