/** docs/settings.md: every setting of a stack, made from the tables that the program reads them by. */
import { accounts, addressAllowed } from "../../../infra/config/accounts.ts";
import { setCommand } from "../../../infra/config/config.ts";
import { type Setting, settings, topics } from "../../../infra/config/settings.ts";

/** A setting as the page tells it. */
interface Entry {
  /** Full name: `mlops:herokuApp`. */
  readonly name: string;
  readonly description: string;
  readonly allowed: string;
  /** In Markdown. */
  readonly unset: string;
  readonly command: string;
  readonly variable?: string | undefined;
}

export function settingsPage(): string {
  const all = Object.entries<Setting<unknown>>(settings);
  const parts = [
    { title: "Accounts", entries: Object.entries(accounts).map(account) },
    ...topics.map((title) => ({
      title,
      entries: all.filter(([, { topic }]) => topic === title).map(([name, one]) => setting(name, one)),
    })),
  ];
  return `# Settings

<!-- Made from infra/config/settings.ts and infra/config/config.ts by \`npm run docs\`. -->

Two settings and two credentials are required: \`gitlabNamespace\`, \`herokuApp\`, \`gitlab:token\` and
\`heroku:apiKey\`. Everything else has a default.

\`npx pulumi config set <setting> <value>\` writes a setting to \`Pulumi.<stack>.yaml\`; \`npx pulumi config rm <setting>\`
goes back to the default. The prefix \`mlops:\` may be left out. Parts of lists are set with \`--path\`.

Wrong and misspelt settings are reported all at once, before anything is created. Each report says what was found, what
is allowed and which command fixes it.

Some settings can come from an environment variable instead. The setting wins where both are there.

${parts.map(({ title, entries }) => `- **${title}**: ${entries.map(link).join(", ")}`).join("\n")}

${parts.map(({ title, entries }) => `## ${title}\n\n${entries.map(section).join("\n")}`).join("\n")}`;
}

function setting(name: string, one: Setting<unknown>): Entry {
  const { schema, description, example, absent, path = "", secret = false, variable } = one;
  const full = `mlops:${name}`;
  const byDefault = schema.safeParse(undefined);
  const value = byDefault.success ? byDefault.data : undefined;
  return {
    name: full,
    description,
    // No setting is a symbol, so this is what a wrong value is answered with.
    allowed: schema.safeParse(Symbol()).error?.issues[0]?.message ?? "",
    unset: byDefault.success ? `Default: ${absent ?? code(value)}` : "**Required.**",
    command: secret ? secretCommand(full) : setCommand(full + path, example),
    variable,
  };
}

function account([name, one]: [string, (typeof accounts)[keyof typeof accounts]]): Entry {
  const { description, variable } = one;
  return "fallback" in one
    ? {
        name,
        description,
        variable,
        allowed: addressAllowed("this one"),
        unset: `Default: ${code(one.fallback)}`,
        command: setCommand(name, one.fallback),
      }
    : {
        name,
        description,
        variable,
        allowed: one.allowed,
        unset: "**Required.**",
        command: secretCommand(name),
      };
}

const secretCommand = (name: string) => `pulumi config set --secret ${name}`;

function code(value: unknown): string {
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

const short = (name: string) => name.replace(/^mlops:/, "");

function link({ name }: Entry): string {
  return `[\`${short(name)}\`](#${short(name).toLowerCase().replaceAll(":", "")})`;
}

function section({ name, description, allowed, unset, command, variable }: Entry): string {
  const lines = [
    unset,
    `Allowed: ${allowed.replaceAll("*", "\\*").replaceAll("<", "\\<")}`,
    ...(variable ? [`Environment variable: \`${variable}\``] : []),
    `Set it: \`npx ${command}\``,
  ];
  return `### ${short(name)}\n\n${description}\n\n${lines.map((line) => `- ${line}`).join("\n")}\n`;
}
