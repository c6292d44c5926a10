/**
 * OHIF as its makers built it: the npm package `@ohif/app` at pinned versions, each unpacked once into `web/.cache/`.
 *
 * It is not a dependency in package.json: its own 41 dependencies are already inside its built folder, and installing them again
 * would cost half a gigabyte. So npm is asked for the one archive, which is accepted only with the pinned integrity.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The versions that the plug-in is tried in, and the bytes of each. */
const INTEGRITY = {
  "3.12.10": "sha512-0kuF66Mq9c9dMD++bUsTjMrJpXJwaZhz9B4uS244DawAjSkTwIYFU93pxPuRUQixaRi7QAHlF3Fe1qudBlZrmA==",
  "3.13.2": "sha512-WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA==",
  "3.14.0-beta.6": "sha512-QwA0talqhh4VlUR+QgT2t8FP7NpX++4s6Z9Cp5VIcta3JMd2zGBPTp/R9t7JaX0Xi1AHAZAJxTv502R+SawaBg==",
};
export const OHIF_VERSIONS = Object.keys(INTEGRITY);

/** The newest release: the one that `make test` and `make pacs` take. */
export const OHIF_VERSION = "3.13.2";
const CACHE = fileURLToPath(new URL("../../.cache/", import.meta.url));

/** Folders of the package that no page here opens: on-device AI and a microscopy viewer, three quarters of its size. */
const LEFT_OUT = ["package/dist/ort", "package/dist/dicom-microscopy-viewer"];

/**
 * Return OHIF's built folder, fetched and unpacked when it is not there yet.
 *
 * @param version - one of {@link OHIF_VERSIONS}.
 * @throws when the registry does not have it or its bytes are others than the pinned ones.
 */
export function ohifFolder(version = OHIF_VERSION) {
  const integrity = INTEGRITY[version];
  if (integrity === undefined) throw new Error(`OHIF ${version} is not one of ${OHIF_VERSIONS.join(", ")}`);
  const home = join(CACHE, `ohif-${version}`);
  if (existsSync(join(home, ".complete"))) return join(home, "package", "dist");
  mkdirSync(CACHE, { recursive: true });
  const archive = join(CACHE, `ohif-app-${version}.tgz`);
  if (!existsSync(archive) || integrityOf(archive) !== integrity) {
    console.log(`Fetching @ohif/app ${version} (50 MB), once`);
    try {
      execFileSync("npm", ["pack", `@ohif/app@${version}`, "--silent", "--pack-destination", CACHE], { stdio: "pipe" });
    } catch {
      throw new Error(`npm could not fetch @ohif/app ${version}; with a connection to the npm registry, run it again`);
    }
  }
  if (integrityOf(archive) !== integrity) {
    rmSync(archive, { force: true });
    throw new Error(`@ohif/app ${version} has other bytes than the pinned ones`);
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
