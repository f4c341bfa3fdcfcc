import { ApiError } from "./errors.ts";

/** The answer where GitLab has something that this sandbox has not: it says so and does not guess. */
export function notImplemented(what: string): ApiError {
  return new ApiError(501, {
    message: `501 Not Implemented - the sandbox does not have ${what}; see packages/sandbox/README.md`,
  });
}
