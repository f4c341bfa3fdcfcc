import { mkdirSync, writeFileSync } from "node:fs";
import type { Reporter, TestModule } from "vitest/node";

/** Closes a run with one plain line, `N passed, N failed, N skipped`, that any CI can read. */
export default class Totals implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      // A file that fails to load has no tests; it still must not pass for nothing having failed.
      if (module.state() === "failed" && module.errors().length > 0) count.failed++;
      for (const test of module.children.allTests()) count[test.result().state]++;
    }
    const line = `${count.passed} passed, ${count.failed} failed, ${count.skipped + count.pending} skipped\n`;
    process.stdout.write(`\n${line}`);
    // For `.ci/run`, which has more to say before its last line.
    mkdirSync(".cache", { recursive: true });
    writeFileSync(".cache/totals.txt", line);
  }
}
