import type { Contract } from "../contract.ts";
import { error } from "./common.ts";

/** GitLab's REST API, as far as it is in use. */
export const gitlab: Contract = { service: "gitlab", operations: {}, error };
