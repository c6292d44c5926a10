/**
 * OHIF as its makers built it: the npm package `@ohif/app` at a pinned version, unpacked once into `web/.cache/`.
 *
 * It is no dependency in package.json: its own 41 dependencies are already inside its built folder, and installing them again
 * would cost half a gigabyte. So npm is asked for the one archive, which is accepted only with the pinned integrity.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const OHIF_VERSION = "3.13.2";
const INTEGRITY = "sha512-WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA==";
const CACHE = fileURLToPath(new URL("../../.cache/", import.meta.url));

/** Folders of the package that no page here opens: on-device AI and a microscopy viewer, three quarters of its size. */
const LEFT_OUT = ["package/dist/ort", "package/dist/dicom-microscopy-viewer"];

/**
 * Return OHIF's built folder, fetched and unpacked when it is not there yet.
 *
 * @throws when the registry does not have it or its bytes are others than the pinned ones.
 */
export function ohifFolder() {
  const home = join(CACHE, `ohif-${OHIF_VERSION}`);
  if (existsSync(join(home, ".complete"))) return join(home, "package", "dist");
  mkdirSync(CACHE, { recursive: true });
  const archive = join(CACHE, `ohif-app-${OHIF_VERSION}.tgz`);
  if (!existsSync(archive) || integrityOf(archive) !== INTEGRITY) {
    console.log(`Fetching @ohif/app ${OHIF_VERSION} (50 MB), once`);
    try {
      execFileSync("npm", ["pack", `@ohif/app@${OHIF_VERSION}`, "--silent", "--pack-destination", CACHE], { stdio: "pipe" });
    } catch {
      throw new Error(`npm could not fetch @ohif/app ${OHIF_VERSION}; with a connection to the npm registry, run it again`);
    }
  }
  if (integrityOf(archive) !== INTEGRITY) {
    rmSync(archive, { force: true });
    throw new Error(`@ohif/app ${OHIF_VERSION} has other bytes than the pinned ones`);
  }
  const part = `${home}.part`;
  rmSync(part, { recursive: true, force: true });
  rmSync(home, { recursive: true, force: true });
  mkdirSync(part);
  execFileSync("tar", ["xzf", archive, "-C", part, ...LEFT_OUT.map((path) => `--exclude=${path}`)]);
  writeFileSync(join(part, ".complete"), "");
  renameSync(part, home);
  return join(home, "package", "dist");
}

function integrityOf(path) {
  return `sha512-${createHash("sha512").update(readFileSync(path)).digest("base64")}`;
}
