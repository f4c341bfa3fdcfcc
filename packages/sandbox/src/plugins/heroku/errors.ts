/** Errors as the official provider words them, which is one for Terraform behind Pulumi's bridge. */
import { type Resource, UnfinishedError } from "../shared/provider.ts";
import type { Props } from "../shared/values.ts";

/** The error of a request, with the words that the official provider puts before it. */
export async function failingAs<T>(words: string, request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    throw new Error(`${words}: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * A resource behind the bridge: its errors carry the bridge's words, and an update that failed is kept in the state as
 * it was wished for, with its error, so that the next update finds nothing to change.
 */
export function bridged(resource: Resource): Resource {
  const { create, read, update } = resource;
  return {
    ...resource,
    create: (...args) => telling(create(...args)),
    read: (...args) => telling(read(...args)),
    update: (context, change) =>
      telling(
        update(context, change).catch((error: unknown) => {
          const wished: Props = { ...change.state, ...change.inputs };
          throw new UnfinishedError(messageOf(error), change.id, wished);
        }),
      ),
    delete: (...args) => telling(resource.delete(...args)),
  };
}

async function telling<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const message = `sdk-v2/provider2.go:515: sdk.helper_schema: ${messageOf(error)}: provider=heroku@1.0.4`;
    if (error instanceof UnfinishedError) throw new UnfinishedError(message, error.id, error.outputs);
    throw new Error(message, { cause: error });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
