/** One visit of a page that needs one file: milliseconds from navigation to the changed file, in `visited`. */
import { fetchFile, loadLibrary } from "./load.js";
import { makeMask } from "./masks.js";

const file = fetchFile("ct-0000.dcm");
const isPlain = new URLSearchParams(location.search).get("start") === "plain";
const { createOverlayExporter } = await loadLibrary();
let start = "";
const exporter = await createOverlayExporter({
  runtimeUrl: new URL(isPlain ? "dist/runtime-plain/" : "dist/runtime/", document.baseURI),
  workers: 1,
  onStatus: (status) => {
    if (status.type === "ready") start = status.start;
  },
});
await exporter.writeOverlays(await file, [{ mask: makeMask(1, 512, 512) }]);
Object.assign(globalThis, { visited: { ms: performance.now(), start } });
exporter.dispose();
