/** The part of https://github.com/heroku/node-heroku-client that is used here; the package has no types. */
declare module "heroku-client" {
  export default class Heroku {
    constructor(options: { token: string; host?: string });
    get(path: string): Promise<unknown>;
    post(path: string, options?: { body?: unknown }): Promise<unknown>;
    patch(path: string, options?: { body?: unknown }): Promise<unknown>;
    delete(path: string): Promise<unknown>;
  }
}
