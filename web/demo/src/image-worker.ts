/** Entry of the image worker: wiring only. The handler is set before anything is awaited, or messages get lost. */
import dcmjs from "dcmjs";
import { compareFiles } from "./compare.js";
import type { ImageRequest, ImageResponse } from "./dicom-image.js";
import { readHeader } from "./header.js";
import { Renderer } from "./render.js";
import { unpackZip } from "./unzip.js";

interface WorkerScope {
  onmessage: ((event: MessageEvent<ImageRequest>) => void) | null;
  postMessage(message: ImageResponse, transfer: Transferable[]): void;
}

const scope = globalThis as unknown as WorkerScope;
let renderer: Renderer | null = null;

scope.onmessage = ({ data }) => {
  answer(data).then(
    (response) => scope.postMessage(response, response.type === "render" ? [response.image.rgba] : []),
    (error: unknown) =>
      scope.postMessage({ type: "failed", id: data.id, code: codeOf(error, data.type) }, []),
  );
};
// It would write what it finds odd in a file to the console.
dcmjs.log.setLevel("silent");
dcmjs.log.getLogger("validation.dcmjs").setLevel("silent");

async function answer(request: ImageRequest): Promise<ImageResponse> {
  const { id } = request;
  switch (request.type) {
    case "header":
      return { type: "header", id, facts: await readHeader(request.file) };
    case "render": {
      renderer ??= new Renderer();
      const image = await renderer.render(request.key, request.file, request.frame, request.window);
      return { type: "render", id, image };
    }
    case "unzip":
      return { type: "unzip", id, files: await unpackZip(request.file) };
    case "compare":
      return { type: "compare", id, comparison: await compareFiles(request.before, request.after) };
    default:
      return request satisfies never;
  }
}

/** Library messages may quote attribute values, so only our own codes leave the worker. */
function codeOf(error: unknown, type: ImageRequest["type"]): string {
  const message = error instanceof Error ? error.message : "";
  return ["no-image", "zip-too-large", "zip-damaged"].includes(message) ? message : `${type}-failed`;
}
