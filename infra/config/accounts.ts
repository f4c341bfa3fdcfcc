/** The settings of the two accounts; the providers read them as well. */

/** What an account's address must be. */
export const addressAllowed = (example: string) =>
  `an http or https address without credentials, like ${example}`;

/** The accounts' settings, with the variable that the official provider reads when the setting is missing. */
export const accounts = {
  "gitlab:baseUrl": {
    description: "Address of GitLab's API.",
    variable: "GITLAB_BASE_URL",
    fallback: "https://gitlab.com/api/v4",
  },
  "gitlab:token": {
    description:
      "Token that the stack makes and changes the projects with. It also pushes the runtime image.",
    variable: "GITLAB_TOKEN",
    allowed: "a GitLab access token with scope api",
  },
  "heroku:url": {
    description: "Address of Heroku's Platform API.",
    variable: "HEROKU_API_URL",
    fallback: "https://api.heroku.com",
  },
  "heroku:apiKey": {
    description:
      "Key that the stack makes the app and the deploy job's authorization with. The pipelines never get it.",
    variable: "HEROKU_API_KEY",
    allowed: "a Heroku API key or authorization with scope global",
  },
} as const;
