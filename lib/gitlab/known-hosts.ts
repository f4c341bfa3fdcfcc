/** Host keys of GitLab's SSH servers, which clients are to expect. */

/**
 * Those of gitlab.com. https://docs.gitlab.com/user/gitlab_com/#ssh-known_hosts-entries; their fingerprints are on the
 * same page.
 */
export const gitlabComKnownHosts = [
  "gitlab.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAfuCHKVTjquxvt6CM6tdG4SLp1Btn/nOeHHE5UOzRdf",
  "gitlab.com ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCsj2bNKTBSpIYDEGk9KxsGh3mySTRgMtXL583qmBpzeQ+jqCMRgBqB98u3z++J1sKlXHWfM9dyhSevkMwSbhoR8XIq/U0tCNyokEi/ueaBMCvbcTHhO7FcwzY92WK4Yt0aGROY5qX2UKSeOvuP4D6TPqKF1onrSzH9bx9XUf2lEdWT/ia1NEKjunUqu1xOB/StKDHMoX4/OKyIzuS0q/T1zOATthvasJFoPrAjkohTyaDUz2LN5JoH839hViyEG82yB+MjcFV5MU3N1l1QL3cVUCh93xSaua1N85qivl+siMkPGbO5xR/En4iEY6K2XPASUEMaieWVNTRCtJ4S8H+9",
  "gitlab.com ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBFSMqzJeV9rUzU4kWitGjeR4PWSa29SPqJ1fVkhtj3Hw9xjLVXVYrU9QlYWrOLXBpQ6KWjbjTDTdDkoohFzgbEY=",
].join("\n");

/** Whether the address of an API is gitlab.com's. */
export function isGitLabCom(url: string): boolean {
  return new URL(url).hostname === "gitlab.com";
}

/**
 * Whether a text is a list of host keys: at least one line `host type key`, comments beside them, and nothing else.
 * Markers such as `@cert-authority` would trust more than the keys that are written there.
 * https://man.openbsd.org/sshd#SSH_KNOWN_HOSTS_FILE_FORMAT
 */
export function areKnownHosts(text: string): boolean {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
  return lines.length > 0 && lines.every(isHostKey);
}

function isHostKey(line: string): boolean {
  const [hosts = "", type = "", key = ""] = line.split(/[ \t]+/);
  if (hosts.startsWith("@") || !/^[A-Za-z0-9+/]+={0,2}$/.test(key)) return false;
  const bytes = Buffer.from(key, "base64");
  if (bytes.length <= 4) return false;
  // A key begins with the length and the name of its type.
  return type !== "" && bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString("latin1") === type;
}
