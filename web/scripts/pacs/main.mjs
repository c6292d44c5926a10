/** `make pacs`: an archive with a sample series and an editor with the plug-in, on this machine only, until Ctrl+C. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ohifFolder } from "./ohif-app.mjs";
import { startOrthanc } from "./orthanc.mjs";
import { serveViewer } from "./viewer-site.mjs";

const web = fileURLToPath(new URL("../../", import.meta.url));
const [sample = join(web, ".cache", "sample")] = process.argv.slice(2);
let archive = null;
let site = null;
let isEnding = false;

async function end(status) {
  if (isEnding) return;
  isEnding = true;
  await site?.stop();
  await archive?.stop();
  process.exit(status);
}

process.on("SIGINT", () => end(0));
process.on("SIGTERM", () => end(0));
try {
  const viewer = ohifFolder();
  archive = await startOrthanc();
  for (const name of readdirSync(sample).filter((file) => file.endsWith(".dcm"))) {
    const answer = await fetch(`${archive.url}/instances`, { method: "POST", body: readFileSync(join(sample, name)) });
    if (!answer.ok) throw new Error(`the archive refused ${name}: ${answer.status}`);
  }
  site = await serveViewer({ viewer, library: join(web, "dist"), archive: archive.url, port: Number(process.env.PORT ?? 0) });
  console.log(`Open ${site.origin}/  (OHIF with the overlay plug-in; the archive's DICOMweb is at ${site.origin}/dicom-web; Ctrl+C stops both)`);
} catch (error) {
  console.error(`make pacs: ${error.message}`);
  await end(1);
}
