/** A status as text, as Markdown and as JSON. */
import type { Format } from "@tag-to-endpoint/command-line";
import { asText } from "../../lib/text/markdown.ts";
import type { CredentialStatus, ModelStatus, Status } from "./status.ts";

export function render(format: Format, status: Status, warnings: readonly string[]): string {
  if (format === "json") return `${JSON.stringify({ ...status, warnings }, undefined, 2)}\n`;
  return format === "markdown" ? markdown(status, warnings) : text(status, warnings);
}

function text({ stack, addresses, models, credentials }: Status, warnings: readonly string[]): string {
  const rows = [
    `Stack ${stack}`,
    ...Object.entries(addresses).map(([what, url]) => `  ${what.padEnd(20)} ${url}`),
    "Models",
    ...models.map((model) => `  ${model.name.padEnd(20)} ${model.version.padEnd(9)} ${answer(model)}`),
    "Credentials",
    ...credentials.map((credential) => `  ${credential.what}: ${life(credential)}`),
    ...(warnings.length > 0 ? ["Warnings", ...warnings.map((warning) => `  ${warning}`)] : []),
  ];
  return `${rows.join("\n")}\n`;
}

function markdown({ stack, addresses, models, credentials }: Status, warnings: readonly string[]): string {
  const sections = [
    `## Status of stack ${asText(stack)}`,
    ...(warnings.length > 0 ? [list(warnings.map((warning) => `**Warning:** ${asText(warning)}`))] : []),
    table(
      ["What", "Address"],
      Object.entries(addresses).map(([what, url]) => [asText(what), `<${url}>`]),
    ),
    table(
      ["Model", "Version", "Answers"],
      models.map((model) => [asText(model.name), asText(model.version), answer(model)]),
    ),
    table(
      ["Credential", "Ends"],
      credentials.map((credential) => [asText(credential.what), life(credential)]),
    ),
  ];
  return `${sections.join("\n\n")}\n`;
}

function answer({ answers }: ModelStatus): string {
  return answers ? "answers" : "DOES NOT ANSWER";
}

function life({ end, daysLeft }: CredentialStatus): string {
  return end === undefined ? "MISSING" : `${daysLeft} days left, until ${end.slice(0, 10)}`;
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join("\n");
}

function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
