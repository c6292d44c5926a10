/**
 * What an integrator does, once for all browsers: install the packed package in fresh projects and build them for
 * production. `node build.mjs FOLDER` leaves FOLDER/vite and FOLDER/webpack.
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL("./", import.meta.url));
const web = fileURLToPath(new URL("../../../web/", import.meta.url));
const folder = resolve(process.argv[2] ?? "");

/** Run npm quietly; what it said is shown when it fails. */
function npm(place, ...args) {
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  return execFileSync("npm", [...args, ...quiet], { cwd: place, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const [packed] = JSON.parse(npm(web, "pack", "--json", "--ignore-scripts", "--pack-destination", folder));
for (const bundler of ["vite", "webpack"]) {
  const project = join(folder, bundler);
  cpSync(join(here, bundler), project, { recursive: true, filter: (path) => !path.includes("node_modules") });
  // One step with the lock file; `npm ci` refuses locks without the optional packages of other platforms.
  npm(project, "install", "--no-save", "--prefer-offline", join(folder, packed.filename));
  npm(project, "run", "build");
}
