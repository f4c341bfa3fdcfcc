import { type Check, notChecked, ok, problem, type Verdict, warning } from "../check.ts";
import type { Asked } from "../service.ts";

type Service = Promise<Asked<{ readonly skew: number | undefined }>>;

export const clockCheck: Check<{ readonly gitlab: Service; readonly heroku: Service }> = {
  name: "clock",
  setting: "clock",
  look: async ({ gitlab, heroku }) =>
    clockVerdict({ GitLab: await skewOf(gitlab), Heroku: await skewOf(heroku) }),
};

async function skewOf(service: Service): Promise<number | undefined> {
  const asked = await service;
  return "answers" in asked ? asked.answers.skew : undefined;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/**
 * Whether this machine's clock agrees with the services' (header `Date` of an answer). The program works out the
 * last days of tokens with it, and certificates and tokens are good for a time.
 *
 * @param skews by service, how far the clock is behind in milliseconds
 */
export function clockVerdict(skews: Readonly<Record<string, number | undefined>>): Verdict {
  const known = Object.entries(skews).filter((entry): entry is [string, number] => entry[1] !== undefined);
  const [worst] = known.toSorted((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
  if (!worst) return notChecked("no service told the time");
  const [service, skew] = worst;
  if (Math.abs(skew) <= 5 * MINUTE_MS)
    return ok(`within 5 minutes of ${known.map(([name]) => name).join(" and ")}`);
  const told = {
    found: `${durationOf(Math.abs(skew))} ${skew > 0 ? "behind" : "ahead of"} ${service}'s clock`,
    allowed: "at most 5 minutes off: the last days of tokens are worked out with this clock",
    fix: "let the machine keep the time: sudo timedatectl set-ntp true",
  };
  return Math.abs(skew) < DAY_MS ? warning(told) : problem(told);
}

function durationOf(ms: number): string {
  if (ms >= 2 * DAY_MS) return `${Math.round(ms / DAY_MS)} days`;
  const hours = ms / (60 * MINUTE_MS);
  return hours >= 2 ? `${Math.round(hours)} hours` : `${Math.round(ms / MINUTE_MS)} minutes`;
}
