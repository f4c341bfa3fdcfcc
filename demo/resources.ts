/** The part of `pulumi stack export` that is read here. */
interface Deployment {
  deployment: { resources?: Array<{ urn: string; type: string; custom: boolean }> };
}

/** The stack's resources as rows of type and name, components and providers left out. */
export function resourceTable(stateJson: string): string[] {
  const { deployment } = JSON.parse(stateJson) as Deployment;
  const rows = (deployment.resources ?? [])
    .filter(({ custom, type }) => custom && !type.startsWith("pulumi:"))
    .map(({ urn, type }) => [type, urn.split("::").at(-1) ?? ""] as const);
  const width = Math.max(...rows.map(([type]) => type.length));
  return rows.map(([type, name]) => `${type.padEnd(width)}  ${name}`);
}
