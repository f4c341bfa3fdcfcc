/** Hides masked values in a job's log: https://docs.gitlab.com/ci/variables/#mask-a-cicd-variable */
export function createMasker(values: Iterable<string>): (text: string) => string {
  // The longest first: a value may be part of another.
  const secrets = [...new Set(values)].filter((value) => value !== "").sort((a, b) => b.length - a.length);
  return (text) => secrets.reduce((result, secret) => result.replaceAll(secret, "[MASKED]"), text);
}
