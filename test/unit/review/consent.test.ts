/** Approvals as files: who, when, at which commit, until when. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { approveAddresses, approvedAddresses, forgetAddresses } from "../../../lib/consent/addresses.ts";
import {
  consentWords,
  isInForce,
  readApproval,
  removeApproval,
  writeApproval,
} from "../../../lib/consent/approval.ts";
import { runToEnd } from "../../../lib/process/run.ts";
import { consentNow } from "../../../operations/review/giver.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "tag-to-endpoint-consent-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const now = Date.parse("2026-03-01T12:00:00Z");
const consent = {
  approvedBy: "Ana <ana@example.com>",
  approvedAt: "2026-03-01T12:00:00.000Z",
  validUntil: "2026-03-02T12:00:00.000Z",
};
const git = (...words: string[]) => runToEnd("git", words, { cwd: root });

it("an approval names who gives it, when, at which commit, and ends", async () => {
  await git("init", "--quiet");
  await git("config", "user.name", "Ana");
  await git("config", "user.email", "ana@example.com");
  expect(await consentNow(24, root, now)).toEqual(consent);
  await git("commit", "--quiet", "--allow-empty", "-m", "One");
  const head = (await git("rev-parse", "HEAD")).stdout.trim();
  expect(await consentNow(24, root, now)).toEqual({ ...consent, commit: head, dirty: false });
  writeFileSync(path.join(root, "new"), "");
  const given = await consentNow(1, root, now);
  expect(given).toEqual({ ...consent, validUntil: "2026-03-01T13:00:00.000Z", commit: head, dirty: true });
  expect(consentWords(given)).toBe(
    `Ana <ana@example.com> at 2026-03-01T12:00:00.000Z, commit ${head.slice(0, 12)} with local changes`,
  );
});

it("an approval by nobody is none", async () => {
  const env = { HOME: root, XDG_CONFIG_HOME: root, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" };
  const before = { ...process.env };
  for (const name of Object.keys(process.env))
    if (/^GIT_(AUTHOR|COMMITTER|CONFIG)|^EMAIL$/.test(name)) delete process.env[name];
  Object.assign(process.env, env);
  try {
    await expect(consentNow(24, root, now)).rejects.toThrow(
      /git does not know who you are; nothing was recorded/,
    );
  } finally {
    for (const name of Object.keys(env)) delete process.env[name];
    Object.assign(process.env, before);
  }
});

it.each([
  ["2026-03-01T11:59:59Z", false],
  ["2026-03-01T12:00:01Z", true],
])("until %s it is in force: %s", (validUntil, is) => {
  expect(isInForce({ validUntil }, now)).toBe(is);
});

it("is kept as it was given; a file of another form is none", () => {
  const given = { ...consent, stack: "dev", fingerprint: "f", weaker: ["WEAKER"], changes: [] };
  expect(writeApproval(root, given)).toBe(".pulumi/approvals/dev.json");
  expect(readApproval(root, "dev")).toEqual(given);
  removeApproval(root, "dev");
  expect(readApproval(root, "dev")).toBeUndefined();
  // As earlier versions wrote it: without an end.
  writeFileSync(
    path.join(root, ".pulumi/approvals/dev.json"),
    JSON.stringify({ ...given, validUntil: undefined }),
  );
  expect(() => readApproval(root, "dev")).toThrow(
    /no approval that this version knows. Remove it and approve again/,
  );
});

it("addresses are approved each by itself, and no longer than said", () => {
  const one = { ...consent, setting: "heroku:url", address: "https://a", credential: "heroku:apiKey" };
  const other = { ...one, setting: "mlops:herokuRegistry", address: "r" };
  expect(approvedAddresses(root, "dev", now)).toEqual([]);
  const long = { ...other, validUntil: "2099-01-01T00:00:00.000Z" };
  approveAddresses(root, "dev", [long]);
  approveAddresses(root, "dev", [one]);
  expect(approvedAddresses(root, "dev", now)).toEqual([long, one]);
  expect(approvedAddresses(root, "dev", Date.parse(one.validUntil))).toEqual([long]);
  expect(approvedAddresses(root, "production", now)).toEqual([]);
  expect(readFileSync(path.join(root, ".pulumi/approvals/dev.addresses.json"), "utf8")).toContain(
    "https://a",
  );
  forgetAddresses(root, "dev");
  expect(approvedAddresses(root, "dev", now)).toEqual([]);
  mkdirSync(path.join(root, ".pulumi/approvals"), { recursive: true });
  writeFileSync(path.join(root, ".pulumi/approvals/dev.addresses.json"), "not JSON");
  expect(approvedAddresses(root, "dev", now)).toEqual([]);
});
