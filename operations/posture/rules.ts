/** All rules, in the order of the report. */
import { type Rule, type RuleEntry, type Source, sources } from "./rule.ts";
import { cisBuild } from "./rules/cis-build.ts";
import { cisDelivery } from "./rules/cis-delivery.ts";
import { cisSourceCode } from "./rules/cis-source-code.ts";
import { legitify } from "./rules/legitify.ts";
import { own } from "./rules/own.ts";

const tables: Readonly<Record<Source, readonly RuleEntry[]>> = {
  cis: [...cisSourceCode, ...cisBuild, ...cisDelivery],
  legitify,
  own,
};

export const rules: readonly Rule[] = (Object.keys(sources) as Source[]).flatMap((source) =>
  tables[source].map((entry) => ({ ...entry, source })),
);
