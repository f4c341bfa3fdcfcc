/** `npm run api`: one call of GitLab's or Heroku's API, by the account that the stack uses. */
import {
  command,
  endsWith,
  exitCode,
  InvalidArgumentError,
  messageOf,
  run,
  stackOption,
} from "@tag-to-endpoint/command-line";
import { redact } from "../../lib/credentials/patterns.ts";

const services = ["gitlab", "heroku"] as const;
const methods = ["DELETE", "PATCH", "POST", "PUT"] as const;

function oneOf<T extends string>(allowed: readonly T[]) {
  return (given: string): T => {
    const found = allowed.find((one) => one === given);
    if (found) return found;
    throw new InvalidArgumentError(`Allowed choices are ${allowed.join(", ")}.`);
  };
}

/** A path of the API and nothing else: the account's credential goes to no other address. */
function apiPath(given: string): string {
  if (/^\/(?!\/)[^\s\\]*$/.test(given)) return given;
  throw new InvalidArgumentError("A path of the API begins with one slash: /projects/3/hooks/7");
}

function json(given: string): unknown {
  try {
    return JSON.parse(given);
  } catch {
    throw new InvalidArgumentError('The body must be JSON: {"archived": false}');
  }
}

const api = command({
  name: "api",
  summary:
    "Makes one change by GitLab's or Heroku's API, with the account that the stack uses; drift prints such commands.",
  ends: { 0: "the service did it", 1: "it refused, and says why" },
})
  .argument("<service>", services.join(" or "), oneOf(services))
  .argument("<method>", methods.join(", "), oneOf(methods))
  .argument("<path>", "path of the API, such as /projects/3/hooks/7", apiPath)
  .argument("[body]", "what is sent, as JSON", json)
  .addOption(stackOption())
  .action(
    endsWith(async (service, method, path, body, { stack }) => {
      const [{ stackName }, { callApi }] = await Promise.all([
        import("../cli/run-pulumi.ts"),
        import("./call.ts"),
      ]);
      const status = await callApi(await stackName(stack), { service, method, path, body });
      process.stdout.write(`${method} ${path}: ${status}\n`);
      return exitCode.done;
    }),
  );
await run(api, (error) => redact(messageOf(error)));
