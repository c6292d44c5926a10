/**
 * A real archive for one run: Orthanc with DICOMweb on loopback, its storage in a folder of its own.
 *
 * The program is started directly, never as the service that Debian's package sets up: that one stays as it is.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/** Where Debian's packages put the program; `ORTHANC_PATH` and `ORTHANC_PLUGINS` name others. */
const PROGRAM_FOLDERS = ["/usr/sbin", "/usr/local/sbin", ...(process.env.PATH ?? "").split(delimiter)];
const PLUGIN_FOLDERS = ["/usr/share/orthanc/plugins", "/usr/lib/orthanc/plugins", "/usr/local/share/orthanc/plugins"];
const DICOMWEB_PLUGIN = "libOrthancDicomWeb.so";

/** Milliseconds that Orthanc may take to answer; it takes one or two seconds. */
const START_TIMEOUT = 300_000;
/** Milliseconds that it may take to stop, before it is killed. */
const STOP_TIMEOUT = 60_000;

/**
 * Start Orthanc on free ports and wait until it answers.
 *
 * @param folder - the storage, kept between runs; default: a new one, removed by `stop`.
 * @param extra - further lines of Orthanc's configuration.
 * @returns `url` of its root, `dicomWeb` of its DICOMweb services, `stop()`, `kill()` as a power cut would, and
 *   `restart()`: again in the same storage and on the same ports.
 */
export async function startOrthanc({ folder = undefined, extra = {} } = {}) {
  // Asked first: where the program is missing, nothing is left on the disk.
  const program = process.env.ORTHANC_PATH ?? find(PROGRAM_FOLDERS, "Orthanc", undefined, "orthanc");
  if (!existsSync(program)) throw new Error("ORTHANC_PATH names no file; Orthanc is in Debian's packages orthanc and orthanc-dicomweb");
  const plugin = find(PLUGIN_FOLDERS, DICOMWEB_PLUGIN, process.env.ORTHANC_PLUGINS, "orthanc-dicomweb");
  const place = folder ?? mkdtempSync(join(tmpdir(), "dicom-overlay-orthanc-"));
  mkdirSync(place, { recursive: true });
  const port = await freePort();
  const configuration = join(place, "orthanc.json");
  writeFileSync(configuration, JSON.stringify({ ...settings(place, plugin, port, await freePort()), ...extra }, null, 1));
  const url = `http://127.0.0.1:${port}`;
  let child = await run(program, configuration, url);
  const end = async (signal) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    const kill = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT);
    await gone;
    clearTimeout(kill);
  };
  return {
    url,
    dicomWeb: `${url}/dicom-web`,
    kill: () => end("SIGKILL"),
    restart: async () => {
      await end("SIGKILL");
      child = await run(program, configuration, url);
    },
    stop: async () => {
      await end("SIGTERM");
      if (folder === undefined) rmSync(place, { recursive: true, force: true });
    },
  };
}

function settings(place, plugin, port, dicomPort) {
  return {
    Name: "dicom-overlay",
    StorageDirectory: join(place, "storage"),
    IndexDirectory: join(place, "storage"),
    HttpPort: port,
    DicomPort: dicomPort,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: false,
    Plugins: [plugin],
    // Orthanc drops an answer that takes longer than 30 s to send, which a busy machine needs at times.
    HttpRequestTimeout: 600,
    DicomWeb: { Enable: true, Root: "/dicom-web/", StudiesMetadata: "Full", SeriesMetadata: "Full" },
  };
}

function find(folders, name, override, debianPackage) {
  const all = override === undefined ? folders : [override];
  const found = all.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${name} was not found; on Debian it is in the package ${debianPackage}`);
  return found;
}

async function run(program, configuration, url) {
  const child = spawn(program, [configuration], { stdio: ["ignore", "ignore", "pipe"] });
  // However this process ends, the archive ends with it.
  const endWithUs = () => child.kill("SIGKILL");
  process.once("exit", endWithUs);
  child.once("exit", () => process.removeListener("exit", endWithUs));
  let said = "";
  child.stderr.on("data", (chunk) => {
    said = (said + chunk).slice(-4000);
  });
  const failed = new Promise((_, reject) => child.once("error", reject));
  const deadline = Date.now() + START_TIMEOUT;
  while (Date.now() < deadline && child.exitCode === null && child.signalCode === null) {
    const answer = await Promise.race([fetch(`${url}/system`).catch(() => null), failed]);
    if (answer?.ok) {
      await answer.body?.cancel();
      return child;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill("SIGKILL");
  throw new Error(`Orthanc did not start:\n${said}`);
}

/** A port that is free now; asked of the system, so that two archives never meet. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return port;
}
