/** Checks of what a caller gives. Each error names the argument as JavaScript calls it. */
import { type ErrorCode, OverlayError } from "../errors.js";

/** The error of an argument: `expected` goes on after "Expected". */
export function wrong(expected: string, field: string, code: ErrorCode = "invalid-request"): OverlayError {
  return new OverlayError(code, `Expected ${expected} as ${field}.`, { field });
}

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** @throws OverlayError for anything that is not an object; lists are not objects here. */
export function requireObject<T>(value: T, field: string): T & object {
  if (isObject(value) && !Array.isArray(value)) return value;
  throw wrong("an object", field);
}

/** Return a whole number of at least `least`. */
export function requireWhole(value: unknown, field: string, least: number): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least) return value;
  throw wrong(`a whole number of at least ${least}`, field);
}

/** Return one of the words; the first where none is given. */
export function requireWord<T extends string>(
  value: unknown,
  words: readonly [T, ...T[]],
  field: string,
  code?: ErrorCode,
): T {
  if (value === undefined) return words[0];
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  throw wrong(words.map((word) => `"${word}"`).join(" or "), field, code);
}

/** Check what may be left out. */
export function requireOptional(
  value: unknown,
  type: "boolean" | "string" | "number" | "function",
  field: string,
): void {
  if (value !== undefined && typeof value !== type) throw wrong(`a ${type}`, field);
}

export function requireNumber(value: unknown, field: string): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw wrong("a number", field);
}

export function requireText(value: unknown, field: string): string {
  if (typeof value === "string") return value;
  throw wrong("a string", field);
}

/** Return the items of a list, strings aside; `check` is called for each. */
export function requireList<T>(
  value: unknown,
  field: string,
  check?: (item: unknown, field: string) => T,
): readonly T[] {
  if (!isIterable(value)) throw wrong("a list", field);
  const items = Array.from(value as Iterable<T>);
  if (check !== undefined) for (const item of items) check(item, field);
  return items;
}

/** An array whose buffer was transferred away cannot be gone through. */
function isIterable(value: unknown): value is Iterable<unknown> {
  if (!isObject(value) || (ArrayBuffer.isView(value) && value.byteLength === 0)) return false;
  return Symbol.iterator in value && typeof value[Symbol.iterator] === "function";
}

/** Check a list whose items may also come one by one. */
export function requireSource(value: unknown, expected: string, field: string): void {
  const isAsync = isObject(value) && Symbol.asyncIterator in value;
  if (!isAsync && !isIterable(value)) throw wrong(expected, field);
}

/** Check the options of a call; `null` is none. */
export function requireOptions<T extends object>(value: T | undefined, field = "options"): T {
  const options = value === undefined ? ({} as T) : requireObject(value, field);
  requireSignal((options as { signal?: unknown }).signal);
  return options;
}

/** An AbortSignal of any realm. */
function requireSignal(signal: unknown): void {
  if (signal === undefined) return;
  const isSignal = isObject(signal) && "aborted" in signal && "addEventListener" in signal;
  if (!isSignal) throw wrong("an AbortSignal", "signal");
}
