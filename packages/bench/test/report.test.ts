/** What the bench shows: text tables and the plot. */
import { describe, expect, it } from "vitest";
import type { Figure } from "../src/figures.ts";
import { figureTable } from "../src/report/image.ts";
import { figuresPlot } from "../src/report/plot.ts";
import { settingsTable } from "../src/report/settings.ts";
import { textTable } from "../src/report/table.ts";
import type { VariantResults } from "../src/variants.ts";
import { elementsIn, parseXml } from "./xml.ts";

const half: Figure = {
  ...{ group: "Boot", name: "at once", unit: "seconds", target: { kind: "ratio", atMost: 1 / 2 } },
  ...{ chapter: [8, 10, 12], ours: [2, 2, 2] },
};
const twice: Figure = {
  ...{ group: "Through nginx", name: "requests", unit: "requests/s", target: { kind: "ratio", atLeast: 2 } },
  ...{ chapter: [400], ours: [700] },
};
const overhead: Figure = {
  ...{ group: "nginx", name: "overhead", unit: "percent", target: { kind: "ours", below: 10 } },
  ...{ chapter: [20], ours: [-1.5] },
};
const open: Figure = { group: "Size", name: "no target", unit: "bytes", chapter: [2e6], ours: [5e4] };

describe("tables", () => {
  it("align the first column left and the others right", () => {
    const rows = [
      ["", "chapter", "ours"],
      ["boot", "10 s", "2 s"],
      ["a longer name", "1", "123456"],
    ];
    expect(textTable(rows)).toBe(
      [
        "               chapter    ours",
        "-------------  -------  ------",
        "boot              10 s     2 s",
        "a longer name        1  123456",
      ].join("\n"),
    );
  });

  it("end no line in blanks", () => {
    expect(textTable([["a", "b"], ["1", ""], ["2"]])).toBe(["a  b", "-  -", "1", "2"].join("\n"));
  });

  it("of figures: medians, extremes where they differ, ratio and verdict", () => {
    expect(figureTable([half, twice, overhead, open])).toBe(
      [
        "                                           chapter     ours  ours/chapter                      target",
        "-----------------------  -------------------------  -------  ------------  --------------------------",
        "Boot: at once            10.0 s (8.00 s to 12.0 s)   2.00 s          0.20        at most 1/2: reached",
        "Through nginx: requests                      400/s    700/s          1.75         at least 2x: MISSED",
        "nginx: overhead                             20.0 %  -1.50 %                ours below 10.0 %: reached",
        "Size: no target                            2.00 MB  50.0 kB         0.025",
      ].join("\n"),
    );
  });

  const variant = (name: string, requestsPerSecond: number[], memory: number[]): VariantResults => ({
    ...{ name, memory },
    loads: { "1 connection": { requestsPerSecond, p50: [1, 2, 3], p99: [4, 8, 9] } },
  });

  it("of settings: medians with their ratio to the first variant's", () => {
    const results = [
      variant("default", [990, 1000, 1500], [100e6, 110e6, 90e6]),
      variant("no gzip", [1, 1100, 1200], [50e6, 50e6, 9e9]),
    ];
    expect(settingsTable("1 connection", results)).toBe(
      [
        "              requests             p50             p99          memory",
        "-------  -------------  --------------  --------------  --------------",
        "default  1000/s (1.00)  2.00 ms (1.00)  8.00 ms (1.00)   100 MB (1.00)",
        "no gzip  1100/s (1.10)  2.00 ms (1.00)  8.00 ms (1.00)  50.0 MB (0.50)",
      ].join("\n"),
    );
  });

  it("of settings: a variant that does not serve is named as such, after the others", () => {
    const broken: VariantResults = { ...variant("broken", [], []), problem: "it ended with code 1" };
    const results = [variant("default", [1000], [100e6]), broken, variant("other", [500], [200e6])];
    const rows = settingsTable("1 connection", results).split("\n").slice(2);
    expect(rows.map((row) => row.split(/ {2,}/).slice(0, 2))).toEqual([
      ["default", "1000/s (1.00)"],
      ["other", "500/s (0.50)"],
      ["broken", "does not serve"],
    ]);
  });

  it("of settings: names the variant that a load was not measured with", () => {
    expect(() => settingsTable("16 connections", [variant("no gzip", [1], [1])])).toThrow(
      new Error("no gzip was not measured with 16 connections"),
    );
  });
});

describe("the plot", () => {
  const textsOf = (source: string) => elementsIn(parseXml(source), "text").map(({ text }) => text);

  it("has a panel for each figure with a target, in order, and none for the others", () => {
    const panels = elementsIn(parseXml(figuresPlot("T", "S", [half, open, twice, overhead])), "g");
    const shown = panels.map((panel) => elementsIn(panel, "text").map(({ text }) => text));
    expect(shown).toEqual([
      [
        ...["Boot: at once", "chapter", "10.0 s", "ours", "2.00 s"],
        "0.20 × the chapter's; at most 1/2: reached",
      ],
      [
        ...["Through nginx: requests", "chapter", "400/s", "ours", "700/s"],
        "1.75 × the chapter's; at least 2x: missed",
      ],
      ["nginx: overhead", "chapter", "20.0 %", "ours", "-1.50 %", "ours below 10.0 %: reached"],
    ]);
    expect(new Set(panels.map(({ attributes }) => attributes.transform)).size).toBe(3);
  });

  it("escapes what stands in names and in the title", () => {
    const odd = `<b> & "c" > 'd' &amp;`;
    const source = figuresPlot(odd, odd, [{ ...half, group: odd, name: odd }]);
    expect(parseXml(source).attributes["aria-label"]).toBe(odd);
    expect(textsOf(source)).toEqual(expect.arrayContaining([odd, `${odd}: ${odd}`]));
  });

  it("draws bars, ranges and target to one scale, within their panel", () => {
    const [panel] = elementsIn(parseXml(figuresPlot("T", "S", [half])), "g");
    if (panel === undefined) throw new Error("there is no panel");
    const [frame, chapter, ours] = elementsIn(panel, "rect").map(({ attributes }) => attributes);
    const [chapterRange, oursRange, limit] = elementsIn(panel, "line").map(({ attributes }) => attributes);
    const left = Number(chapter?.x);
    const perSecond = Number(chapter?.width) / 10;
    const seconds = (x: string | undefined) => (Number(x) - left) / perSecond;
    expect(Number(ours?.width) / perSecond).toBeCloseTo(2, 1);
    expect([seconds(chapterRange?.x1), seconds(chapterRange?.x2)].map(Math.round)).toEqual([8, 12]);
    expect([seconds(oursRange?.x1), seconds(oursRange?.x2)].map(Math.round)).toEqual([2, 2]);
    expect(seconds(limit?.x1)).toBeCloseTo(5, 1);
    expect(Number(chapterRange?.x2)).toBeLessThan(Number(frame?.width));
  });

  it("draws no bar to the left of nothing", () => {
    const bars = elementsIn(parseXml(figuresPlot("T", "S", [overhead])), "rect");
    const widths = bars.map(({ attributes }) => Number.parseFloat(attributes.width ?? ""));
    expect(Math.min(...widths)).toBe(0);
  });

  it("is a document without any figure, too", () => {
    expect(textsOf(figuresPlot("T", "S", []))).toEqual([
      ...["T", "S", "Thin lines: smallest to largest round. Dashed line: the target."],
    ]);
  });
});

describe("the reader of XML that these tests use", () => {
  it.each([
    ["<a><b></a>", "<b> is open"],
    ["<a>", "<a> is never closed"],
    ["</a>", "<> is open"],
    ["<a/><b/>", "one element; found 2"],
    ["", "one element; found 0"],
    ["x<a/>", "text outside of the document's element"],
    ["<a>b & c</a>", "an & that begins no entity"],
    ["<a>&nbsp;</a>", "an & that begins no entity"],
    ["<a>1 < 2</a>", "neither tag nor text"],
    ['<a b="1" b="2"/>', "attribute b is there twice"],
    ["<a b=1/>", "neither tag nor text"],
    ['<a b="<"/>', "neither tag nor text"],
  ])("refuses %s", (source, problem) => {
    expect(() => parseXml(source)).toThrow(problem);
  });
});
