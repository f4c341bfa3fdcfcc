import { z } from "zod";

/**
 * What one operation of a service takes and answers, written from the service's own documentation. The sandbox is held
 * to it in tests, and it is held to the services' descriptions by `npm run likeness`.
 */
export interface Operation {
  /** Query and body together; parameters that are not named here are none. */
  readonly request?: z.ZodType;
  /** By status. An error (400 and more) that is not named here is one of the service's usual form. */
  readonly responses: Readonly<Record<number, Body>>;
  /** Who calls it. */
  readonly users: readonly User[];
}

/** The body of an answer: JSON of a form, no JSON at all (a file, a log), or nothing. */
export type Body = z.ZodType | "file" | "nothing";

/** Who calls an operation: parts of the product, the provider plugins, or clients that the sandbox must serve as well. */
export type User =
  | "program"
  | "preflight"
  | "pipelines"
  | "plugin"
  | "review"
  | "drift"
  | "rotation"
  | "status"
  | "posture"
  | "journey"
  | "command line"
  | "client"
  | "test";

/** All operations of a service by method and path, such as `GET /projects/:id`. */
export interface Contract {
  readonly service: Service;
  readonly operations: Readonly<Record<string, Operation>>;
  /** The form of an error. */
  readonly error: z.ZodType;
  /** Answers that any operation can give. */
  readonly everywhere?: Readonly<Record<number, Body>>;
}

export type Service = "gitlab" | "heroku";

/** An object that has these properties and no others. */
export const entity = z.strictObject;

/** A moment, as both services write it. */
export const time = z.iso.datetime({ offset: true });

/** A parameter that may be left out, or be null. `wire` is the type that the service documents. */
export const wire = (type: string, schema: z.ZodType) => schema.meta({ wire: type });
