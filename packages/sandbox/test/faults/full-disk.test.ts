/** Logs on a disk that is full: /dev/full refuses every write as one. */
import { appendFileSync } from "node:fs";
import { expect, test } from "vitest";
import { isDiskFull, patientWriter } from "../../src/core/full-disk.ts";

test("what does not fit is written when there is room, in its order", () => {
  let disk = "/dev/full";
  let written = "";
  const write = patientWriter((text) => {
    if (disk === "/dev/full") appendFileSync(disk, text);
    written += text;
  });
  write("first\n");
  write("second\n");
  expect(written).toBe("");
  disk = "";
  write("third\n");
  write("fourth\n");
  expect(written).toBe("first\nsecond\nthird\nfourth\n");
});

test("what waits does not grow without end, and says so", () => {
  let full = true;
  let written = "";
  const write = patientWriter((text) => {
    if (full) appendFileSync("/dev/full", text);
    written += text;
  });
  for (let line = 0; line < 20_000; line++) write(`line ${line} ${"x".repeat(50)}\n`);
  full = false;
  write("the end\n");
  expect(written.length).toBeLessThan(300_000);
  expect(written).toMatch(/^\.\.\. lines are left out here: the disk was full\nline \d+ x+\n/);
  expect(written).toMatch(/line 19999 x+\nthe end\n$/);
});

test("any other error is told", () => {
  const write = patientWriter((text) => appendFileSync("/nonexistent/log", text));
  expect(() => write("text\n")).toThrow("ENOENT");
});

test("it is told from other errors, also as a cause", () => {
  const full = Object.assign(new Error("no room"), { code: "ENOSPC" });
  expect([full, new Error("outer", { cause: full }), new Error("other"), "text"].map(isDiskFull)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
