// Serves a GitLab stand-in from a state folder until it is told to end: `node serve.ts <folder>`.
import { createContext } from "../../src/core/context.ts";
import { startGitLab } from "../../src/gitlab/service.ts";
import { startRunner } from "../../src/runner/runner.ts";

const abort = new AbortController();
const ctx = await createContext({ stateDir: process.argv[2] ?? "", abort: abort.signal, usualPorts: false });
const service = await startGitLab(ctx, startRunner);
process.stdout.write(`${service.url}\n`);
process.once("SIGTERM", () => {
  void service.close().then(() => process.exit(0));
});
