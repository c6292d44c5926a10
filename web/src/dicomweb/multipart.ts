/**
 * `multipart/related` (RFC 2046 section 5.1, RFC 2387), read while it streams and written as a Blob of Blobs.
 *
 * Reading holds one chunk and the length of one delimiter at a time, so that the size of a part does not matter.
 */
import { newUid } from "../values/new-uid.js";
import { type Answer, mediaTypeOf } from "./answer.js";
import { badAnswer } from "./archive-errors.js";

/** What a body consists of, in order: a part and what it says that it is, its bytes in any number of pieces, its end. */
type MultipartEvent =
  | { readonly type: "part"; readonly mediaType: string }
  | { readonly type: "data"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: "end" };

const CR = 13;
const LONGEST_HEADER = 16 << 10;
/** Bytes before the first boundary, and behind the last. */
const LONGEST_MARGIN = 64 << 10;

/**
 * Read the parts of an answer; one that is not in multipart is one part.
 *
 * @param types - the media types that an answer without multipart may have.
 * @throws OverlayError `archive-response` for another type, and as {@link readMultipart}.
 */
export async function* partsOf(answer: Answer, types: readonly string[]): AsyncGenerator<MultipartEvent> {
  const { mediaType } = answer;
  if (mediaType.startsWith("multipart/")) {
    const boundary = boundaryOf(answer.header("content-type") ?? "");
    if (boundary !== null) return yield* readMultipart(answer.chunks(), boundary);
    answer.discard();
    throw badAnswer("it names no boundary", { found: "no-boundary" });
  }
  if (!types.includes(mediaType)) {
    answer.discard();
    throw badAnswer("it is of another media type", { expected: types.join(" "), found: mediaType });
  }
  yield { type: "part", mediaType };
  for await (const bytes of answer.chunks()) yield { type: "data", bytes };
  yield { type: "end" };
}

/** The boundary that a Content-Type names; `null` where it names none, or one that cannot be meant. */
function boundaryOf(contentType: string): string | null {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain ?? null;
  return boundary !== null && boundary.length <= 200 ? boundary : null;
}

/** @throws OverlayError `archive-response` where the boundary never comes, a header does not end, or the body is cut. */
async function* readMultipart(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  boundary: string,
): AsyncGenerator<MultipartEvent> {
  const delimiter = new TextEncoder().encode(`\r\n--${boundary}`);
  const headerEnd = new TextEncoder().encode("\r\n\r\n");
  // The first delimiter has no line before it: it is given one.
  let buffer: Uint8Array<ArrayBuffer> = new Uint8Array([CR, 10]);
  let state: "preamble" | "delimiter" | "header" | "data" | "done" = "preamble";
  let margin = 0;
  for await (const chunk of chunks) {
    if (state === "done" || state === "preamble") {
      margin += chunk.length;
      if (margin > LONGEST_MARGIN + chunk.length) break;
      if (state === "done") continue;
    }
    buffer = buffer.length === 0 ? chunk : joined(buffer, chunk);
    for (;;) {
      if (state === "preamble" || state === "data") {
        const at = find(buffer, delimiter);
        const end = at < 0 ? Math.max(0, buffer.length - delimiter.length + 1) : at;
        if (state === "data" && end > 0) yield { type: "data", bytes: buffer.slice(0, end) };
        buffer = buffer.subarray(at < 0 ? end : at + delimiter.length);
        if (at < 0) break;
        if (state === "data") yield { type: "end" };
        margin = 0;
        state = "delimiter";
      } else if (state === "delimiter") {
        if (buffer.length < 2) break;
        state = buffer[0] === 45 && buffer[1] === 45 ? "done" : "header";
        if (state === "done") break;
      } else {
        const at = find(buffer, headerEnd);
        if (at < 0 && buffer.length > LONGEST_HEADER) throw badAnswer("a part's header does not end");
        if (at < 0) break;
        const header = new TextDecoder("latin1").decode(buffer.subarray(0, at));
        const [, contentType] = /^content-type[ \t]*:(.*)$/im.exec(header) ?? [];
        yield { type: "part", mediaType: mediaTypeOf(contentType) };
        buffer = buffer.subarray(at + headerEnd.length);
        state = "data";
      }
    }
  }
  if (state === "preamble") throw badAnswer("its boundary never comes", { found: "other-boundary" });
  if (state !== "done") throw badAnswer("it was cut before its end", { found: "cut" });
}

/** The body of a request with these parts, each `application/dicom`, of its own media type; nothing is read. */
export function multipartBody(parts: readonly Blob[]): Blob {
  const boundary = `dicom-overlay-${newUid()}`;
  const pieces: BlobPart[] = [];
  for (const part of parts)
    pieces.push(`--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`, part, "\r\n");
  pieces.push(`--${boundary}--\r\n`);
  return new Blob(pieces, { type: `multipart/related; type="application/dicom"; boundary=${boundary}` });
}

/** Return where `wanted` begins, or -1. */
function find(bytes: Uint8Array, wanted: Uint8Array): number {
  const last = bytes.length - wanted.length;
  for (let at = bytes.indexOf(CR); at >= 0 && at <= last; at = bytes.indexOf(CR, at + 1)) {
    let length = 1;
    while (length < wanted.length && bytes[at + length] === wanted[length]) length++;
    if (length === wanted.length) return at;
  }
  return -1;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
