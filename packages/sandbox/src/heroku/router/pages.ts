/** Why the router answers by itself: https://devcenter.heroku.com/articles/error-codes */
export const ROUTER_ERRORS = {
  H10: { status: 503, description: "App crashed" },
  H12: { status: 503, description: "Request timeout" },
  H13: { status: 503, description: "Connection closed without response" },
  H14: { status: 503, description: "No web processes running" },
  H15: { status: 503, description: "Idle connection" },
  H18: { status: 503, description: "Server Request Interrupted" },
  H19: { status: 503, description: "Backend connection timeout" },
  H20: { status: 503, description: "App boot timeout" },
  H21: { status: 503, description: "Backend connection refused" },
  H27: { status: 499, description: "Client Request Interrupted" },
  H80: { status: 503, description: "Maintenance mode" },
  H81: { status: 502, description: "Blank app" },
} as const;

export type RouterErrorCode = keyof typeof ROUTER_ERRORS;

const page = (title: string, text: string) => `<!DOCTYPE html>
<html>
  <head>
    <meta charset="utf-8">
    <title>${title}</title>
    <style>body { font-family: sans-serif; margin: 20vh auto; max-width: 40em; text-align: center; }</style>
  </head>
  <body>
    <h1>${title}</h1>
    <p>${text}</p>
  </body>
</html>
`;

export const NO_SUCH_APP = page("No such app", "There is no app configured at that hostname.");

const PAGES: Partial<Record<RouterErrorCode, string>> = {
  H80: page("Offline for Maintenance", "This application is undergoing maintenance right now."),
  H81: page("Welcome to your new app!", "Nothing has been released to this app yet."),
};

const APPLICATION_ERROR = page(
  "Application error",
  "An error occurred in the application and your page could not be served. The app's log has the details.",
);

/** The page that a client sees. The code is in the app's log alone, as on Heroku. */
export function errorPage(code: RouterErrorCode): string {
  return PAGES[code] ?? APPLICATION_ERROR;
}
