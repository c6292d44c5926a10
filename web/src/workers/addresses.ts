/** Addresses that a caller gives: absolute, and fit for what is appended to them. */
import { wrong } from "../values/check.js";

/** Addresses of one thing: nothing can be appended to them. */
const NO_FOLDERS: readonly string[] = ["blob:", "data:", "javascript:", "about:"];

/**
 * Return a folder's absolute address with a slash at its end.
 *
 * Resolved against the page, not against the worker's script.
 *
 * @throws OverlayError `invalid-request` for anything that is not the address of a folder to fetch files from.
 */
export function folderAddress(given: string | URL, field: string): string {
  const url = absolute(given, field);
  if (NO_FOLDERS.includes(url.protocol)) throw wrong("an address of a server", field);
  if (url.username !== "" || url.password !== "") throw wrong("an address without user and password", field);
  if (url.search !== "" || url.hash !== "") {
    throw wrong("an address without query and fragment: the names of files are appended to it", field);
  }
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url.href;
}

/** Return a script's absolute address; `null` where none was given. @throws OverlayError `invalid-request` */
export function scriptAddress(given: string | URL | undefined, field: string): string | null {
  return given === undefined ? null : absolute(given, field).href;
}

/** Tell whether a script comes from a different origin than the page; browsers do not make workers from such a script. */
export function isOtherOrigin(script: string): boolean {
  const { origin, protocol } = new URL(script, globalThis.document?.baseURI ?? globalThis.location?.href);
  // Not `location.origin`: a frame made of `srcdoc` has its parent's origin, and an address that says nothing of it.
  return (protocol === "http:" || protocol === "https:") && origin !== globalThis.origin;
}

function absolute(given: string | URL, field: string): URL {
  const isAddress = typeof given === "string" ? given !== "" : typeof given?.href === "string";
  if (!isAddress) throw wrong("an address", field);
  try {
    return new URL(given, globalThis.document?.baseURI ?? globalThis.location?.href);
  } catch {
    throw wrong("an address that can be resolved against the page's", field);
  }
}
