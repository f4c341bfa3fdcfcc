/** An answer other than success, with the body that GitLab gives. */
export class ApiError extends Error {
  readonly status: number;
  readonly body: Record<string, unknown>;

  constructor(status: number, body: Record<string, unknown>) {
    super(JSON.stringify(body));
    this.status = status;
    this.body = body;
  }
}

export const unauthorized = () => new ApiError(401, { message: "401 Unauthorized" });

export const forbidden = (reason?: string) =>
  new ApiError(403, { message: reason === undefined ? "403 Forbidden" : `403 Forbidden - ${reason}` });

export const notFound = (what?: string) =>
  new ApiError(404, { message: what === undefined ? "404 Not found" : `404 ${what} Not Found` });

export const conflict = (reason: string) => new ApiError(409, { message: reason });

/** A parameter's own error, in the form of Grape, the framework of GitLab's API. */
export const parameterError = (text: string) => new ApiError(400, { error: text });

/** Errors of a record's validation, per attribute. */
export const invalid = (errors: Record<string, string[]>, status = 400) =>
  new ApiError(status, { message: errors });

export const badRequest = (reason?: string) =>
  new ApiError(400, { message: reason === undefined ? "400 Bad request" : `400 Bad request - ${reason}` });

/** Reads one record or answers 404. */
export function must<T>(value: T | undefined, what?: string): T {
  if (value === undefined) throw notFound(what);
  return value;
}
