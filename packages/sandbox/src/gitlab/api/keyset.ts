import { ApiError } from "../errors.ts";
import type { Call } from "./call.ts";

/**
 * One page of a list that can also be walked by id, which tells no totals and only what comes next:
 * https://docs.gitlab.com/api/rest/#keyset-based-pagination. `items` are in the order that was asked for.
 */
export function pageById<T extends { id: number }>(call: Call, items: readonly T[]): readonly T[] {
  const { params } = call;
  const after = params.integer("id_after") ?? 0;
  const before = params.integer("id_before") ?? Number.POSITIVE_INFINITY;
  const inside = items.filter(({ id }) => id > after && id < before);
  if (params.string("pagination") !== "keyset") return call.page(inside);
  if (params.string("order_by") !== "id") {
    throw new ApiError(405, { error: "Keyset pagination is not yet available for this type of request" });
  }
  const perPage = Math.min(Math.max(params.integer("per_page") ?? 20, 1), 100);
  const page = inside.slice(0, perPage);
  const last = page.at(-1);
  if (last !== undefined && inside.length > perPage) {
    const url = new URL(call.request.url, call.instance.url);
    for (const name of ["private_token", "access_token", "job_token"]) url.searchParams.delete(name);
    url.searchParams.set(params.string("sort") === "asc" ? "id_after" : "id_before", String(last.id));
    call.reply.header("link", `<${url.href}>; rel="next"`);
  }
  return page;
}
