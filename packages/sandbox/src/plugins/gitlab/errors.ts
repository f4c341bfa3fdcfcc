/** An answer of GitLab other than success, worded as the official provider's client words it. */
export class GitLabError extends Error {
  readonly status: number;

  constructor(method: string, url: URL, status: number, body: string) {
    super(`${method} ${url.origin}${decodeURI(url.pathname)}: ${status} ${parse(body)}`.trimEnd());
    this.status = status;
  }
}

/**
 * `{message: {name: [has already been taken]}}`, as `parseError` of
 * https://gitlab.com/gitlab-org/api/client-go/-/blob/main/gitlab.go writes it.
 */
function parse(body: string): string {
  try {
    return words(JSON.parse(body));
  } catch {
    return body;
  }
}

function words(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map(words).join(", ")}]`;
  }
  if (typeof value === "object" && value !== null) {
    const parts = Object.entries(value).map(([key, item]) => `{${key}: ${words(item)}}`);
    return parts.sort().join(", ");
  }
  return String(value);
}
