/** The variants of `npm run bench -- settings`, against the image's own files that they change. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { root } from "@tag-to-endpoint/toolchain";
import { describe, expect, it } from "vitest";
import { replaceOnce, variants } from "../src/variants.ts";

const rootfs = path.join(root, "image/runtime/rootfs");
const read = (file: string) => readFileSync(path.join(rootfs, file), "utf8");
const template = read("etc/mlserver/nginx.conf.template");
const settings = JSON.parse(read("srv/mlserver/settings.json")) as Record<string, unknown>;

describe("replaceOnce", () => {
  it("puts a text in the place of another", () => {
    expect(replaceOnce("gzip on;\nsendfile on;\n", "gzip on;\n", "")).toBe("sendfile on;\n");
  });

  it("takes the replacement as it is", () => {
    expect(replaceOnce("access_log off;", "off", "$& $1 $$")).toBe("access_log $& $1 $$;");
  });

  it.each([
    ["is not there", "sendfile on;\n", 0],
    ["is there twice", "  gzip on;\n  gzip on;\n", 2],
  ])("refuses a text that %s", (_, text, times) => {
    expect(() => replaceOnce(text, "  gzip on;\n", "")).toThrow(
      new Error(
        `a variant replaces "gzip on;" in nginx.conf.template, which must have it once but has it ${times} times; ` +
          "adapt packages/bench/src/variants.ts to the template",
      ),
    );
  });
});

describe("variants", () => {
  it("have names of their own, and the first is the default", () => {
    expect(new Set(variants.map(({ name }) => name)).size).toBe(variants.length);
    expect(variants[0]).toEqual({ name: "default" });
  });

  it.each(variants.filter(({ nginx }) => nginx))("$name: changes the image's template", ({ nginx }) => {
    const changed = nginx?.(template) ?? template;
    expect(changed).not.toBe(template);
    // Still a template of blocks that end.
    expect(changed.split("{").length).toBe(changed.split("}").length);
  });

  it.each(variants.filter(({ mlserver }) => mlserver))(
    "$name: differs from settings.json",
    ({ mlserver }) => {
      for (const [name, value] of Object.entries(mlserver ?? {})) {
        expect(settings, "a member of the image's own settings").toHaveProperty(name);
        expect(settings[name]).not.toEqual(value);
      }
    },
  );

  it("set environment variables that the image reads", () => {
    const readers = [read("usr/local/bin/serve"), readFileSync(path.join(rootfs, "../Dockerfile"), "utf8")];
    for (const { name, environment = {} } of variants) {
      for (const variable of Object.keys(environment)) {
        // MLServer takes each of its settings from MLSERVER_<NAME>, too.
        const setting = variable.replace(/^MLSERVER_/, "").toLowerCase();
        const known = setting in settings || readers.some((text) => text.includes(variable));
        expect(known, `${name}: ${variable}`).toBe(true);
      }
    }
  });
});
