import { request } from "node:http";
import { irisRequest } from "../contenders.ts";

/**
 * Asks a model of this machine once, on a connection of its own. Gives the answer's text; the empty text when there is no
 * answer, such as where nothing listens yet. Names below localhost are this machine (RFC 6761, 6.3).
 */
export function ask(url: URL): Promise<string> {
  return new Promise((resolve) => {
    const call = request(
      url,
      {
        ...{ method: "POST", agent: false, timeout: 2000, hostname: "127.0.0.1", port: url.port },
        headers: {
          host: url.host,
          "content-type": "application/json",
          "content-length": Buffer.byteLength(irisRequest),
        },
      },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        answer.once("end", () => resolve(text));
        answer.once("error", () => resolve(""));
      },
    );
    call.once("timeout", () => call.destroy());
    call.once("error", () => resolve(""));
    call.end(irisRequest);
  });
}
