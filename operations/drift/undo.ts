/** Commands that put back what the stack has no resource for: calls of the services' own APIs. */

/** A call that undoes a finding. */
export interface Undo {
  readonly service: "gitlab" | "heroku";
  readonly method: "DELETE" | "PATCH" | "POST" | "PUT";
  /** `/projects/3/hooks/7` */
  readonly path: string;
  readonly body?: unknown;
}

/** `npm run api -- gitlab DELETE '/projects/3/hooks/7' --stack production` */
export function undoCommand(stack: string, { service, method, path, body }: Undo): string {
  const data = body === undefined ? "" : ` ${quoted(JSON.stringify(body))}`;
  return `npm run api -- ${service} ${method} ${quoted(path)}${data} --stack ${stack}`;
}

/** A word as a shell takes it, whatever others wrote into it. */
function quoted(word: string): string {
  return /^[\w./@:%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
