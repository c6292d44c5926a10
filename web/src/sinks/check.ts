/** What every sink takes, checked. */
import { isObject, type Rules, requireOptions, requireSource, requireText, wrong } from "../values/check.js";
import { contentsOf } from "../values/contents.js";
import { isBlob } from "../values/kinds.js";
import { CALL } from "../values/rules.js";
import type { NamedBlob, SaveOptions } from "./named-blob.js";

export const SAVE: Rules<SaveOptions> = { ...CALL, onSaved: "function" };

/** Check what every sink takes, before anything of it is used. */
export function requireSaving<T extends SaveOptions<never>>(
  results: unknown,
  given: T | undefined,
  rules: Rules<T>,
): T {
  requireResults(results);
  return requireOptions(given, rules);
}

export function requireResults(results: unknown): void {
  requireSource(results, "a list of objects with name and blob", "results");
}

export function requireResult(value: NamedBlob): NamedBlob {
  if (!isObject(value)) throw wrong("objects with name and blob", "results");
  requireText(value.name, "name");
  // Reading `blob` of a result of this package would make the Blob.
  if (contentsOf(value) === null && value.blob !== undefined && !isBlob(value.blob))
    throw wrong("a Blob", "blob");
  return value;
}
