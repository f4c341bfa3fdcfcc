import { ApiError } from "./errors.ts";

/** A parsed `Range` header: https://devcenter.heroku.com/articles/platform-api-reference#ranges */
export interface ListRange {
  field: string;
  from: string | undefined;
  /** `]` in the header: the value itself is not part of the range. */
  exclusive: boolean;
  to: string | undefined;
  max: number;
  descending: boolean;
}

export interface Page<T> {
  items: T[];
  contentRange: string;
  nextRange: string | undefined;
}

const DEFAULT_MAX = 200;
const MAX = 1000;

const unsatisfiable = (message: string) => new ApiError(416, "requested_range_not_satisfiable", message);

/** Parses `Range: <field> [from]..[to]; max=N, order=asc|desc`. Fields that the list cannot be sorted by are an error. */
export function parseRange(header: string | undefined, sortable: readonly string[]): ListRange {
  const [defaultField = "id"] = sortable;
  const range: ListRange = {
    field: defaultField,
    from: undefined,
    exclusive: false,
    to: undefined,
    max: DEFAULT_MAX,
    descending: false,
  };
  if (header === undefined || header.trim() === "") return range;
  const [spec = "", ...options] = header.split(";");
  const match = /^\s*([a-z_]+)(?:\s+(\]?)([^\s]*?)\.\.([^\s]*))?\s*$/.exec(spec);
  if (match === null) throw unsatisfiable(`Cannot parse the Range header ${JSON.stringify(header)}.`);
  const [, field = defaultField, bracket, from, to] = match;
  if (!sortable.includes(field)) {
    throw unsatisfiable(`Cannot sort by ${field}; this list can be sorted by ${sortable.join(", ")}.`);
  }
  range.field = field;
  range.exclusive = bracket === "]";
  range.from = from || undefined;
  range.to = to || undefined;
  for (const option of options.join(",").split(",")) readOption(range, option.trim());
  return range;
}

/** `max=N` or `order=asc|desc`. */
function readOption(range: ListRange, option: string): void {
  const [name, value = ""] = option.split("=");
  if (name === "max") {
    const max = Number(value);
    if (!Number.isInteger(max) || max < 1)
      throw unsatisfiable(`The range's max ${value} is no positive number.`);
    range.max = Math.min(max, MAX);
  } else if (name === "order" && (value === "asc" || value === "desc")) {
    range.descending = value === "desc";
  } else if (name !== "") throw unsatisfiable(`Cannot parse the Range header's ${option}.`);
}

/** The page of `all` that the range asks for. */
export function paginate<T>(all: readonly T[], range: ListRange): Page<T> {
  const value = (item: T) => (item as Record<string, unknown>)[range.field] as string | number;
  const direction = range.descending ? -1 : 1;
  const sign = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0) * direction;
  const bound = (text: string, like: string | number) => (typeof like === "number" ? Number(text) : text);
  const wanted = all
    .filter((item) => {
      const v = value(item);
      if (range.from !== undefined) {
        const order = sign(v, bound(range.from, v));
        if (order < 0 || (range.exclusive && order === 0)) return false;
      }
      return range.to === undefined || sign(v, bound(range.to, v)) <= 0;
    })
    .sort((a, b) => sign(value(a), value(b)));
  const items = wanted.slice(0, range.max);
  const first = items[0];
  const last = items.at(-1);
  const order = range.descending ? ", order=desc" : "";
  return {
    items,
    contentRange:
      first === undefined || last === undefined
        ? `${range.field} ..; max=${range.max}${order}`
        : `${range.field} ${value(first)}..${value(last)}; max=${range.max}${order}`,
    nextRange:
      last !== undefined && wanted.length > items.length
        ? `${range.field} ]${value(last)}..${range.to ?? ""}; max=${range.max}${order}`
        : undefined,
  };
}
