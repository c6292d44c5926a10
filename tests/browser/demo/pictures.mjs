/**
 * Decode pictures as the page's worker does, outside a browser: `pictures.mjs LIST OUT`.
 *
 * LIST is a JSON file of paths; for each, frame 0 and the last of several are written to OUT as `N-first` and `N-last`, raw,
 * what the page shows of them at first as `N-first-shown` and `N-last-shown`, in RGBA, and `OUT/answers.json` says their types or the codes of what could not be decoded.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const web = fileURLToPath(new URL("../../../web/", import.meta.url));
const require = createRequire(join(web, "package.json"));
// dcmjs-imaging asks for Node's modules by `eval("require(…)")`.
globalThis.require = require;
const codecs = require.resolve("dcmjs-imaging/build/dcmjs-native-codecs.wasm");

const built = mkdtempSync(join(web, ".pictures-"));
try {
  const { silence, ...page } = await bundle();
  silence();
  const [list, out] = process.argv.slice(2);
  const answers = [];
  for (const [n, path] of JSON.parse(readFileSync(list, "utf8")).entries()) {
    answers.push(await decodeBoth(path, join(out, String(n)), page));
  }
  writeFileSync(join(out, "answers.json"), JSON.stringify(answers));
} finally {
  rmSync(built, { recursive: true, force: true });
}

async function bundle() {
  const { build } = require("esbuild");
  const source = `export { decode, parseFile } from "./decode.js"; export { startCodecs } from "./compressed.js"; export { pixelsOf } from "./grey.js";
    import dcmjs from "dcmjs";
    export const silence = () => { dcmjs.log.setLevel("silent"); dcmjs.log.getLogger("validation.dcmjs").setLevel("silent"); };`;
  const outfile = join(built, "decode.cjs");
  await build({
    stdin: { contents: source, resolveDir: join(web, "demo/src/image"), loader: "ts" },
    bundle: true,
    platform: "node",
    format: "cjs",
    outfile,
    logLevel: "error",
  });
  return (await import(pathToFileURL(outfile).href)).default;
}

async function decodeBoth(path, target, { decode, parseFile, pixelsOf, startCodecs }) {
  const answer = {};
  let parsed;
  try {
    const bytes = readFileSync(path);
    parsed = parseFile(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  } catch {
    return { first: { code: "header-failed" } };
  }
  const frames = Math.max(1, Number(parsed.elements.NumberOfFrames) || 1);
  for (const [name, frame] of Object.entries({ first: 0, ...(frames > 1 && { last: frames - 1 }) })) {
    try {
      await startCodecs(codecs);
      const picture = decode(parsed, frame);
      const { rows, columns, values, rgba, inverted, modality } = picture;
      writeFileSync(`${target}-${name}-shown`, pixelsOf(picture, null));
      const data = rgba ?? values;
      writeFileSync(`${target}-${name}`, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      const { slope, intercept, unit } = modality;
      answer[name] = { frame, rows, columns, type: data.constructor.name, colour: rgba !== null, inverted, slope, intercept, unit };
    } catch (error) {
      answer[name] = { frame, code: error instanceof Error ? error.message.slice(0, 60) : "unknown" };
    }
  }
  return answer;
}
