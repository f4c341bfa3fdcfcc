import { describe, expect, it } from "vitest";
import {
  hasCredential,
  mayHoldCredential,
  namesCredential,
  redact,
} from "../../../lib/credentials/patterns.ts";

describe("a name", () => {
  it.each<[string, boolean, boolean]>([
    ["HEROKU_API_KEY", true, true],
    ["TOKEN", true, true],
    ["deploy_password", true, true],
    ["TOKEN_URL", false, true],
    ["apiKey", false, true],
    ["passphrase", false, true],
    ["DEPLOY_ON", false, false],
    ["GIT_USER_NAME", false, false],
  ])("%s names a credential: %s, may hold one: %s", (name, names, holds) => {
    expect([namesCredential(name), mayHoldCredential(name)]).toEqual([names, holds]);
  });
});

describe("a text", () => {
  it.each<[string, boolean, string]>([
    ["glpat-0123456789abcdefghij", true, "[secret]"],
    ["a HRKU-01234567-89ab-cdef here", true, "a [secret] here"],
    ["https://me:word@example.com/x.git", true, "https://me:[secret]@example.com/x.git"],
    ["glrt-short678", false, "[secret]"],
    ["https://example.com/a:b@c", false, "https://example.com/a:b@c"],
    ["glossary, HRKU-, gl-pat", false, "glossary, HRKU-, gl-pat"],
  ])("%s has a credential: %s; shown as %s", (text, has, shown) => {
    expect(hasCredential(text)).toBe(has);
    expect(redact(text)).toBe(shown);
    // A pattern with a memory would answer otherwise the second time.
    expect(hasCredential(text)).toBe(has);
  });
});
