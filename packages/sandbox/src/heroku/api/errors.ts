/**
 * An error as the Platform API gives it: `{ id, message }` and a status.
 * https://devcenter.heroku.com/articles/platform-api-reference#error-responses
 */
export class ApiError extends Error {
  readonly status: number;
  readonly id: string;
  readonly resource: string | undefined;
  /** A page that says more, where Heroku gives one. */
  readonly url: string | undefined;

  constructor(status: number, id: string, message: string, resource?: string, url?: string) {
    super(message);
    this.status = status;
    this.id = id;
    this.resource = resource;
    this.url = url;
  }
}

/** The account has to be paid for first: https://devcenter.heroku.com/articles/account-verification */
export const unverified = () =>
  new ApiError(
    402,
    "verification_required",
    "To create an app, verify your account by adding payment information. Verify now at https://heroku.com/verify Learn more at https://devcenter.heroku.com/articles/account-verification",
  );

/** The account owes money: https://devcenter.heroku.com/articles/platform-api-reference#error-responses */
export const delinquent = () =>
  new ApiError(
    402,
    "delinquent",
    "Either the account has become delinquent as a result of non-payment, or the account's payment method must be confirmed to continue.",
  );

/** The answer where Heroku has something that this sandbox has not: it says so and does not guess. */
export const notImplemented = (what: string) =>
  new ApiError(501, "not_implemented", `The sandbox does not have ${what}; see packages/sandbox/README.md.`);

export const badRequest = (message: string) => new ApiError(400, "bad_request", message);
export const unauthorized = (message: string) => new ApiError(401, "unauthorized", message);
export const forbidden = (message: string) => new ApiError(403, "forbidden", message);
export const conflict = (message: string) => new ApiError(409, "conflict", message);
export const invalid = (message: string) => new ApiError(422, "invalid_params", message);

/** 404 for a resource, e.g. `notFound("app")`: "Couldn't find that app." */
export function notFound(resource: string, name: string = resource): ApiError {
  return new ApiError(404, "not_found", `Couldn't find that ${name}.`, resource);
}
