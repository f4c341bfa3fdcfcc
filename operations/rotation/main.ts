/** `npm run rotate [-- --only gitlab|heroku] [--stack <name>] [--wait-minutes <n>]` */
import { parseArgs } from "node:util";
import type { Issuer } from "../../lib/credentials/generations.ts";
import { openStack, run } from "../cli/stack.ts";
import { issuers, rotate } from "./rotation.ts";

await run(async () => {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      stack: { type: "string" },
      "wait-minutes": { type: "string", default: "60" },
    },
  });
  const { only, stack } = values;
  const waitMinutes = Number(values["wait-minutes"]);
  if (only !== undefined && !isIssuer(only)) {
    throw new Error(`--only ${only}: allowed are ${issuers.join(" and ")}; without it both are replaced`);
  }
  if (!(waitMinutes >= 0))
    throw new Error(`--wait-minutes ${values["wait-minutes"]}: a number of minutes is needed`);
  await rotate(await openStack(stack), {
    issuers: only === undefined ? issuers : [only],
    waitMinutes,
    settleSeconds: 20,
    pollSeconds: 3,
    say: (line) => process.stdout.write(`${line}\n`),
  });
  return 0;
});

function isIssuer(word: string): word is Issuer {
  return issuers.some((issuer) => issuer === word);
}
