import path from "node:path";

/** Root of this repository, where Pulumi.yaml is. */
export const root = path.resolve(import.meta.dirname, "..");
