/**
 * Whether every ref that `inner` stands for is one that `outer` stands for; in both `*` is any text.
 * https://docs.gitlab.com/user/project/repository/branches/protected/#protect-multiple-branches-with-wildcard-rules
 */
export function covers(outer: string, inner: string): boolean {
  // The star of `inner` is a character that only a star of `outer` stands for.
  const source = outer.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"));
  return new RegExp(`^${source.join(".*")}$`, "s").test(inner);
}
