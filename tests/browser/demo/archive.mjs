/** A real archive for the tests: Orthanc with its DICOMweb plug-in, on a free port, in a folder of its own. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Start it; its address, what it holds as tags and as files, and the function that stops it. */
export async function startArchive() {
  const folder = mkdtempSync(join(tmpdir(), "overlay-archive-"));
  const port = await freePort();
  const config = {
    Name: "test",
    StorageDirectory: folder,
    IndexDirectory: folder,
    HttpPort: port,
    RemoteAccessAllowed: true,
    AuthenticationEnabled: false,
    DicomServerEnabled: false,
    Plugins: ["/usr/share/orthanc/plugins/libOrthancDicomWeb.so"],
    // Orthanc drops an answer that takes longer than 30 s to send, which a busy machine needs at times.
    HttpRequestTimeout: 600,
    DicomWeb: { Enable: true, Root: "/dicom-web/" },
  };
  writeFileSync(join(folder, "orthanc.json"), JSON.stringify(config));
  const child = spawn("Orthanc", [join(folder, "orthanc.json")], { stdio: "ignore" });
  const origin = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries++) {
    const answer = await fetch(`${origin}/instances`).catch(() => null);
    if (answer?.ok) break;
    if (tries > 1_500) throw new Error("Orthanc did not start");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const tagsOf = async () => {
    const ids = await (await fetch(`${origin}/instances`)).json();
    return await Promise.all(ids.map(async (id) => (await fetch(`${origin}/instances/${id}/tags?short`)).json()));
  };
  const files = async () => {
    const ids = await (await fetch(`${origin}/instances`)).json();
    return await Promise.all(ids.map(async (id) => Buffer.from(await (await fetch(`${origin}/instances/${id}/file`)).arrayBuffer())));
  };
  const stop = async () => {
    child.kill();
    await new Promise((resolve) => child.once("exit", resolve));
    rmSync(folder, { recursive: true, force: true });
  };
  return { origin, tagsOf, files, stop };
}
