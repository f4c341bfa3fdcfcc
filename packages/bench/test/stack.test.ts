/** The bench of a stack: which process is what, and what the report makes of them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { stackTable } from "../src/report/stack.ts";
import { timelinePlot } from "../src/report/timeline.ts";
import { costs, type Phase, phasesOf } from "../src/stack/phases.ts";
import { watchProcesses } from "../src/stack/processes.ts";
import { elementsIn, parseXml } from "./xml.ts";

const span = (line: string, cpu = 100) => ({
  pid: 1,
  parent: 0,
  words: line.split(" "),
  from: 0,
  to: 1000,
  cpu,
});

describe("processes", () => {
  it("are seen with those that they start themselves", async () => {
    const watch = watchProcesses();
    const child = spawn("sh", ["-c", "sleep 0.31; true"]);
    await once(child, "exit");
    const seen = watch.stop();
    expect(seen.map(({ words }) => words.join(" "))).toEqual(
      expect.arrayContaining(["sh -c sleep 0.31; true", "sleep 0.31"]),
    );
    const sleep = seen.find(({ words }) => words[0] === "sleep");
    expect(sleep?.parent).toBe(child.pid);
    expect((sleep?.to ?? 0) - (sleep?.from ?? 0)).toBeGreaterThan(100);
  });

  it.each([
    ["node node_modules/.bin/pulumi up --yes", "launcher", "launcher"],
    ["/h/versions/3.259.0/bin/pulumi up --yes", "engine", "pulumi up"],
    ["/h/versions/3.259.0/bin/pulumi preview --json --show-sames", "gate", "pulumi preview, of the gate"],
    ["/h/versions/3.259.0/bin/pulumi stack export --stack dev", "gate", "pulumi stack export, of the gate"],
    ["node /r/node_modules/@pulumi/pulumi/cmd/run/index.js --monitor=a", "program", "program"],
    [
      "node /r/node_modules/@pulumi/pulumi/cmd/run-policy-pack/index.js a /r/infra/policy",
      "policy",
      "policy pack",
    ],
    ["node /r/.cache/plugins/lib/start-heroku.mjs 127.0.0.1:1", "plugins", "plugin heroku"],
    ["/h/plugins/resource-gitlab-v9.1.0/pulumi-resource-gitlab 127.0.0.1:1", "plugins", "plugin gitlab"],
    ["node infra/commands/first-release.ts create", "commands", "command first-release"],
  ])("%s is of %s", (line, group, name) => {
    expect(phasesOf([span(line)])).toEqual([expect.objectContaining({ group, name })]);
  });

  it("of no kind are left out", () => {
    expect(phasesOf([span("sleep 1")])).toEqual([]);
  });
});

const phases: Phase[] = phasesOf([
  span("/h/bin/pulumi up --yes", 500),
  span("node infra/commands/seed-repository.ts create", 250),
  span("git push <a>", 50),
]);

describe("the report", () => {
  it("sums the processor time of each kind", () => {
    expect(costs(phases)).toMatchObject({ engine: 500, commands: 300, policy: 0 });
  });

  it("says whether the targets are reached", () => {
    const results = [
      { title: "destroy", wall: 2500, phases },
      { title: "up without a change", wall: 4000, phases },
      { title: "up of 4 new stacks at once", wall: 30_000, phases: [] },
    ];
    const [, , destroy, up, many] = stackTable(results).split("\n");
    expect(destroy).toMatch(/^destroy +2\.5 s .* 0\.50 s .* below 3 s: reached$/);
    expect(up).toMatch(/4\.0 s .* below 3 s: MISSED$/);
    expect(many).toBe("up of 4 new stacks at once  30.0 s");
  });

  it("draws a bar for each process", () => {
    const picture = parseXml(timelinePlot([{ title: "up <dev>", wall: 1000, phases }]));
    const bars = elementsIn(picture, "rect").filter(({ attributes }) => attributes.rx !== undefined);
    expect(bars).toHaveLength(phases.length);
    expect(elementsIn(picture, "text").map(({ text }) => text)).toContain("up <dev>: 1.00 s");
  });
});
