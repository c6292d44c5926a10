/** Entry of an image worker: pictures, headers, ZIPs, comparisons. */
import dcmjs from "dcmjs";
import codecsUrl from "dcmjs-imaging/build/dcmjs-native-codecs.wasm?url";
import { type Answer, answerAll } from "../workers/side.js";
import { compareFiles } from "./compare.js";
import { startCodecs } from "./compressed.js";
import { decode, type ParsedFile, parseFile } from "./decode.js";
import { readHeader } from "./header.js";
import { NATIVE } from "./native.js";
import type { ImageRequest } from "./protocol.js";
import { unpackZip } from "./unzip.js";

/** Parsed files, kept for their other frames; a 512 × 512 CT costs about 1 MB. */
const CACHE_BYTES = 192 * 1024 * 1024;

const parsed = new Map<string, { file: ParsedFile; bytes: number }>();

// Otherwise it writes what it finds odd in a file to the console.
dcmjs.log.setLevel("silent");
dcmjs.log.getLogger("validation.dcmjs").setLevel("silent");

answerAll<ImageRequest>(answer, (type) => `${type}-failed`);

async function answer(request: ImageRequest): Promise<Answer> {
  switch (request.type) {
    case "header":
      return { answer: await readHeader(request.file) };
    case "decode": {
      const file = await load(request.key, request.file);
      // 4 MB to fetch and to compile, which the first picture of most files need not wait for.
      if (!NATIVE.includes(file.syntax)) await startCodecs(new URL(codecsUrl, import.meta.url).href);
      const frame = decode(file, request.frame);
      const buffers = [frame.values, frame.rgba].flatMap((part) => (part === null ? [] : [part.buffer]));
      return { answer: frame, transfer: buffers as ArrayBuffer[] };
    }
    case "unzip":
      return { answer: await unpackZip(request.file) };
    case "compare":
      return { answer: await compareFiles(request.before, request.after) };
    default:
      return request satisfies never;
  }
}

async function load(key: string, file: Blob): Promise<ParsedFile> {
  const known = parsed.get(key);
  if (known !== undefined) {
    parsed.delete(key);
    parsed.set(key, known);
    return known.file;
  }
  const entry = { file: parseFile(await file.arrayBuffer()), bytes: file.size };
  parsed.set(key, entry);
  let total = 0;
  for (const { bytes } of parsed.values()) total += bytes;
  for (const [old, { bytes }] of parsed) {
    if (total <= CACHE_BYTES || old === key) break;
    total -= bytes;
    parsed.delete(old);
  }
  return entry.file;
}
