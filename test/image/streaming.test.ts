/** An answer that comes in parts goes through nginx part by part. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addPythonModel, buildServer, type Container, cleanUp, ready, start } from "./support.ts";

/** Answers one part when asked and the next when a file appears. */
const model = `
import asyncio, os
from mlserver import MLModel
from mlserver.codecs import StringCodec
from mlserver.types import InferenceResponse

class Model(MLModel):
    async def predict_stream(self, payloads):
        async for payload in payloads:
            pass
        for part in ["first", "second"]:
            yield InferenceResponse(model_name=self.name, outputs=[StringCodec.encode_output("part", [part])])
            while not os.path.exists("/tmp/go-on"):
                await asyncio.sleep(0.05)
`;

let image: string;
let server: Container;

beforeAll(async () => {
  image = await buildServer((folder) => addPythonModel(folder, "parts", model));
  server = await start(image);
  await ready(server);
}, 600_000);

afterAll(async () => cleanUp(image), 60_000);

describe("infer_stream", () => {
  it.each(["/mlapi/v2/models/parts/infer_stream", "/mlapi/v2/models/parts/versions/1/generate_stream"])(
    "%s sends each part when it is there",
    async (path) => {
      await server.exec("rm", "-f", "/tmp/go-on");
      const response = await server.fetch(path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ inputs: [{ name: "x", shape: [1], datatype: "BYTES", data: ["x"] }] }),
      });
      expect(response.headers.get("content-type")).toContain("text/event-stream");
      let text = "";
      for await (const part of response.body ?? []) {
        text += Buffer.from(part).toString("utf8");
        // Only now may the model go on: the first part has come before the second was there.
        if (text.includes("first")) await server.exec("touch", "/tmp/go-on");
      }
      expect(text.match(/^data: /gm)).toHaveLength(2);
      expect(text).toContain("second");
    },
  );
});
