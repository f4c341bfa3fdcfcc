import { expect } from "vitest";
import {
  buildApp,
  eventually,
  login,
  push,
  release,
  removeLocalImages,
  type TestHeroku,
  testHeroku,
  web,
} from "./support.ts";

/** An app that runs. */
export interface TestApp {
  name: string;
  url: string;
}

/** A Heroku of a test's own, with two versions of the test image and short limits, and what one asks of its apps. */
export interface RunningHeroku {
  heroku: TestHeroku;
  api: TestHeroku["api"];
  images: [string, string];
  /** A new app that runs the first image with these config vars. */
  newApp(name: string, config?: Record<string, string>): Promise<TestApp>;
  dynos(app: string): Promise<{ name: string; state: string; id: string; size: string }[]>;
  /** Each dyno as `web.1 up`. */
  states(app: string): Promise<string[]>;
  /** Waits until the dynos are as `states` tells them. */
  isState(app: string, ...wanted: string[]): Promise<boolean>;
  /** What the test image tells of a request that reached it. */
  // biome-ignore lint/suspicious/noExplicitAny: the tests look into whatever the image answers
  see(url: string, options?: object): Promise<any>;
  remove(): Promise<void>;
}

/** Starts it, builds the images and logs in to the registry. */
export async function runningHeroku(): Promise<RunningHeroku> {
  const heroku = await testHeroku({
    limits: { bootMs: 4_000, stopMs: 1_500 },
    router: { bootWaitMs: 8_000, firstByteMs: 1_500, idleMs: 2_000 },
  });
  const images: [string, string] = [await buildApp(heroku, "1"), await buildApp(heroku, "2")];
  expect((await login(heroku)).output).toContain("Login Succeeded");
  const { api } = heroku;
  const running: RunningHeroku = {
    heroku,
    api,
    images,
    async newApp(name, config = {}) {
      const { body } = await api("POST", "/apps", { body: { name, stack: "container" } });
      await api("PATCH", `/apps/${name}/config-vars`, { body: config });
      const image = await push(heroku, images[0], name);
      expect((await release(heroku, name, image)).status).toBe(200);
      return { name, url: body.web_url };
    },
    dynos: async (app) => (await api("GET", `/apps/${app}/dynos`)).body,
    states: async (app) => (await running.dynos(app)).map(({ name, state }) => `${name} ${state}`),
    isState: (app, ...wanted) =>
      eventually(`${app}: ${wanted}`, async () => String(await running.states(app)) === String(wanted)),
    see: async (url, options = {}) => JSON.parse((await web(url, options)).text),
    async remove() {
      await heroku.remove();
      await removeLocalImages(heroku);
    },
  };
  return running;
}
