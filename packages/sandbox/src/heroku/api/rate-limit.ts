/** Counts requests an account: https://devcenter.heroku.com/articles/platform-api-reference#rate-limits */
export interface RateLimit {
  /** Takes one request off and gives what is left; negative when there was none. */
  take(accountId: string): number;
  remaining(accountId: string): number;
}

/** `capacity` requests at once, refilled by `perMinute`; Heroku has 4500 and 75. */
export function createRateLimit(
  { capacity, perMinute }: { capacity: number; perMinute: number },
  now: () => number = Date.now,
): RateLimit {
  const buckets = new Map<string, { level: number; at: number }>();
  const level = (accountId: string) => {
    const bucket = buckets.get(accountId);
    if (bucket === undefined) return capacity;
    return Math.min(capacity, bucket.level + ((now() - bucket.at) * perMinute) / 60_000);
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
