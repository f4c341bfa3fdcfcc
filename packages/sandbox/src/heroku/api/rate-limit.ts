/** Counts requests an account: https://devcenter.heroku.com/articles/platform-api-reference#rate-limits */
export interface RateLimit {
  /** Takes one request off and gives what is left; negative when there was none. */
  take(accountId: string): number;
  remaining(accountId: string): number;
}

const CAPACITY = 4500;
const REFILL_PER_MS = 75 / 60_000;

/** 4500 requests at once, refilled by 75 a minute. */
export function createRateLimit(now: () => number = Date.now): RateLimit {
  const buckets = new Map<string, { level: number; at: number }>();
  const level = (accountId: string) => {
    const bucket = buckets.get(accountId);
    if (bucket === undefined) return CAPACITY;
    return Math.min(CAPACITY, bucket.level + (now() - bucket.at) * REFILL_PER_MS);
  };
  return {
    take(accountId) {
      const left = level(accountId) - 1;
      if (left >= 0) buckets.set(accountId, { level: left, at: now() });
      return left >= 0 ? Math.floor(left) : -1;
    },
    remaining: (accountId) => Math.floor(level(accountId)),
  };
}
