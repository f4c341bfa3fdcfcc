import type { Exception } from "./exceptions.ts";

export const gitlabDifferences: readonly Exception[] = [];
