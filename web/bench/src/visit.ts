/** One visit of a page that needs one file: milliseconds from navigation to the changed file, in `visited`. */
import { fetchFile, makeMask, startExporter } from "./page.js";

const file = fetchFile("000000.dcm");
const isPlain = new URLSearchParams(location.search).get("start") === "plain";
const exporter = await startExporter(isPlain ? "runtime-plain" : "runtime");
await exporter.writeOverlays(await file, [{ mask: makeMask(1) }]);
Object.assign(globalThis, { visited: { samples: [performance.now()] } });
exporter.dispose();
