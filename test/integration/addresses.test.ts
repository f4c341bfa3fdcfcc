/** No credential goes to an address that nobody approved: a server on loopback stands there, and nothing arrives. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { APPROVER } from "@tag-to-endpoint/journey";
import { type ThrowawayStack, throwawayStack } from "@tag-to-endpoint/throwaway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { runToEnd } from "../../lib/process/run.ts";
import { rawPulumi } from "../support/raw-pulumi.ts";
import { stackCommand } from "../support/stack-command.ts";

let stack: ThrowawayStack;
let server: Server;
let port: number;
/** Head and body of every request that arrived. */
const arrived: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      arrived.push([request.method, request.url, ...request.rawHeaders, body].join("\n"));
      // As a registry asks for a log-in.
      const isOpen = request.headers.authorization === undefined;
      response.writeHead(isOpen ? 401 : 200, { "WWW-Authenticate": 'Basic realm="captured"' }).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ({ port } = server.address() as AddressInfo);
  stack = await throwawayStack();
  const { code, stderr } = await run("pulumi", "up", "--yes", "--skip-preview", "--non-interactive");
  expect(code, stderr).toBe(0);
}, 600_000);

afterAll(async () => {
  server.close();
  await stack?.remove();
}, 120_000);

const run = (program: string, ...args: string[]) =>
  stackCommand(stack.environment, program, args, { env: APPROVER });
const operation = (name: string, ...args: string[]) => run("node", `operations/${name}/main.ts`, ...args);
const pulumi = (...args: string[]) => run("pulumi", ...args, "--non-interactive");

/** The address that is captured, as each setting has it, and the variable that sets it where the stack does not. */
const addresses = [
  ["mlops:herokuRegistry", "HEROKU_REGISTRY", () => `127.0.0.1:${port}`],
  ["heroku:url", "HEROKU_API_URL", () => `http://127.0.0.1:${port}`],
  ["gitlab:baseUrl", "GITLAB_BASE_URL", () => `http://127.0.0.1:${port}/api/v4`],
] as const;

/** Commands that would send a credential there: all of them for one setting, one of each way for the others. */
const commandsFor = (setting: string) =>
  setting === addresses[0][0]
    ? commands
    : commands.filter(([name]) => /review|preflight|from elsewhere/.test(name));
const commands: [string, () => ReturnType<typeof runToEnd>][] = [
  ["npm run review", () => operation("review")],
  ["npm run preflight", () => operation("preflight")],
  ["npm run status", () => operation("status")],
  ["npm run rotate", () => operation("rotation")],
  ["npx pulumi preview", () => pulumi("preview")],
  ["npx pulumi up", () => pulumi("up", "--yes", "--skip-preview")],
  ["npx pulumi destroy --run-program", () => pulumi("destroy", "--run-program", "--preview-only")],
  ["a Pulumi from elsewhere", () => rawPulumi(stack.environment, ["preview"])],
];

/** Commands that go by the state, where the address that was applied last stands. */
const others: [string, () => ReturnType<typeof runToEnd>][] = [
  ["npm run drift", () => operation("drift")],
  ["npm run repair", () => operation("repair")],
  ["npx pulumi refresh", () => pulumi("refresh", "--yes", "--skip-preview")],
  ["npx pulumi destroy", () => pulumi("destroy", "--preview-only")],
];

describe.each(addresses)("another address in %s", (setting, variable, address) => {
  beforeAll(async () => {
    await run("pulumi", "config", "set", "--plaintext", setting, address());
  });
  afterAll(async () => {
    await run("pulumi", "config", "rm", setting);
  });

  it.each(commandsFor(setting))("%s refuses it, and sends nothing there", async (_, command) => {
    const { code, stdout, stderr } = await command();
    expect(stdout + stderr).toContain(setting);
    expect(stdout + stderr).toMatch(/when it was applied last; \S+ would be sent there/);
    expect(stdout + stderr).toContain(`--approve-address '${setting}=${address()}'`);
    expect([1, 2]).toContain(code);
    expect(arrived).toEqual([]);
  });

  it.each(setting === "gitlab:baseUrl" ? others : [])("%s sends nothing there", async (_, command) => {
    await command();
    expect(arrived).toEqual([]);
  });

  it(`is refused in ${variable}, too`, async () => {
    await run("pulumi", "config", "rm", setting);
    const env = { [variable]: address() };
    const { code, stderr } = await stackCommand(stack.environment, "node", ["operations/review/main.ts"], {
      env,
    });
    expect(stderr).toContain(`--approve-address '${setting}=${address()}'`);
    expect(code).toBe(2);
    expect(arrived).toEqual([]);
  });
});

it("as `--config` of a command line it is refused before it is set", async () => {
  const { code } = await pulumi("preview", "--config", `heroku:url=http://127.0.0.1:${port}`);
  expect(code).toBe(2);
  expect(arrived).toEqual([]);
  expect((await run("pulumi", "config", "--json")).stdout).not.toContain(String(port));
});

it("what somebody approved is asked, and that is seen here", async () => {
  const address = `127.0.0.1:${port}`;
  await run("pulumi", "config", "set", "--plaintext", "mlops:herokuRegistry", address);
  const other = await operation("review", "--approve-address", `mlops:herokuRegistry=127.0.0.1:1${port}`);
  expect(other.code, other.stderr).toBe(0);
  expect((await operation("review")).code).toBe(2);
  expect(arrived).toEqual([]);
  const approved = await operation("review", "--approve-address", `mlops:herokuRegistry=${address}`);
  expect(approved.stdout).toMatch(
    /^Approved by Ana Lima <ana@example\.com> until \S+: heroku:apiKey may be sent to /,
  );
  const review = await operation("review");
  expect(review.stdout).toContain("HEROKU_REGISTRY");
  expect(arrived.join("\n")).toMatch(/authorization/i);
  await run("pulumi", "config", "rm", "mlops:herokuRegistry");
});
