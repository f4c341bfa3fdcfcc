import type { Contract } from "./contract.ts";
import { gitlab } from "./gitlab/contract.ts";
import { heroku } from "./heroku/contract.ts";

/** What the sandbox is held to. */
export const contracts: readonly Contract[] = [gitlab, heroku];
