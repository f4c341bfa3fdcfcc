import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { areKnownHosts, gitlabComKnownHosts, isGitLabCom } from "../../../lib/gitlab/known-hosts.ts";

describe("the host keys of gitlab.com", () => {
  // https://docs.gitlab.com/user/gitlab_com/#ssh-host-keys-fingerprints
  it.each([
    ["ssh-ed25519", "eUXGGm1YGsMAS7vkcx6JOJdOGHPem5gQp4taiCfCLB8"],
    ["ssh-rsa", "ROQFvPThGrW4RuWLoL9tq9I9zJ42fK4XywyRtbOz/EQ"],
    ["ecdsa-sha2-nistp256", "HbW3g8zUjNSksFbqTiUWPWg2Bq1x8xdGUrliXFzSnUw"],
  ])("of type %s has the published fingerprint", (type, fingerprint) => {
    const line = gitlabComKnownHosts.split("\n").find((one) => one.split(" ")[1] === type);
    const [host, , key = ""] = line?.split(" ") ?? [];
    const hash = createHash("sha256").update(Buffer.from(key, "base64")).digest("base64");
    expect([host, hash]).toEqual(["gitlab.com", `${fingerprint}=`]);
  });

  it("are those of gitlab.com alone", () => {
    const urls = [
      "https://gitlab.com/api/v4",
      "https://gitlab.com.example.com",
      "https://my.gitlab.com/api/v4",
    ];
    expect(urls.map(isGitLabCom)).toEqual([true, false, false]);
  });
});

describe("known hosts", () => {
  const [line = ""] = gitlabComKnownHosts.split("\n");
  const key = line.split(" ").slice(1).join(" ");

  it.each([
    ["several lines", gitlabComKnownHosts],
    ["a port", `[gitlab.example.com]:2222 ${key}`],
    ["a hashed host", `|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ${key}`],
    ["what ssh-keyscan prints", `# gitlab.example.com:22 SSH-2.0-OpenSSH_9.6\n${line}\n`],
    ["a comment behind the key, and lines of Windows", `${line} of 2026\r\n\r\n${line}\r\n`],
  ])("are %s", (_, text) => {
    expect(areKnownHosts(text)).toBe(true);
  });

  it.each([
    ["nothing", ""],
    ["a comment alone", "# gitlab.com:22 SSH-2.0"],
    ["a host alone", "gitlab.com"],
    ["a fingerprint", "gitlab.com SHA256:eUXGGm1YGsMAS7vkcx6JOJdOGHPem5gQp4taiCfCLB8"],
    ["a public key without a host", key],
    ["another type than the key's", line.replace("ssh-ed25519", "ssh-rsa")],
    ["a key that is cut off", "gitlab.com ssh-ed25519 AAAA"],
    ["an authority, which vouches for any key", `@cert-authority *.example.com ${key}`],
    ["a good line and a bad one", `${line}\nnonsense`],
  ])("are not %s", (_, text) => {
    expect(areKnownHosts(text)).toBe(false);
  });
});
