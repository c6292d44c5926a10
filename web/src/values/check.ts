/** Checks of what a caller gives. Each error names the argument as JavaScript calls it. */
import { type ErrorCode, OverlayError } from "../errors.js";

/** The error of an argument; `expected` continues the sentence after "Expected". */
export function wrong(expected: string, field: string, code: ErrorCode = "invalid-request"): OverlayError {
  return new OverlayError(code, `Expected ${expected} as ${field}.`, { field });
}

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** @throws OverlayError for anything that is not an object; lists are not objects here. */
export function requireObject<T>(value: T, field: string): T & object {
  if (isObject(value) && !Array.isArray(value) && !ArrayBuffer.isView(value)) return value;
  throw wrong("an object", field);
}

/** Return a whole number of at least `least`. */
export function requireWhole(value: unknown, field: string, least: number): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= least) return value;
  throw wrong(`a whole number of at least ${least}`, field);
}

/** Return one of the words. */
export function requireWord<T extends string>(
  value: unknown,
  words: readonly T[],
  field: string,
  code?: ErrorCode,
): T {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  throw wrong(words.map((word) => `"${word}"`).join(" or "), field, code);
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

/** Return a list of numbers, of so many where `count` is given. */
export function requireNumbers(value: unknown, field: string, count?: number): readonly number[] {
  const numbers = requireList<number>(value, field, requireNumber);
  if (count === undefined || numbers.length === count) return numbers;
  throw wrong(`${count} numbers`, field);
}

/** An array whose buffer was transferred away cannot be iterated. */
export function isIterable(value: unknown): value is Iterable<unknown> {
  if (!isObject(value) || (ArrayBuffer.isView(value) && value.byteLength === 0)) return false;
  return Symbol.iterator in value && typeof value[Symbol.iterator] === "function";
}

/** Check a list whose items may also come one by one. */
export function requireSource(value: unknown, expected: string, field: string): void {
  if (!isAsyncIterable(value) && !isIterable(value)) throw wrong(expected, field);
}

export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return (
    isObject(value) && Symbol.asyncIterator in value && typeof value[Symbol.asyncIterator] === "function"
  );
}

/** What an option may be: of a type, one of some words, or whatever a check lets pass. */
export type Rule =
  | "boolean"
  | "string"
  | "number"
  | "function"
  | readonly string[]
  | ((value: unknown, field: string) => unknown);

/** For each option of a call what it may be. */
export type Rules<T> = Readonly<Record<keyof T, Rule>>;

/**
 * Return the options of a call.
 *
 * @throws OverlayError `invalid-request` for a value that breaks its rule; TypeError for an unknown option, which would
 *   otherwise be ignored in silence.
 */
export function requireOptions<T extends object>(given: T | undefined, rules: Rules<T>): T {
  const options = given === undefined ? ({} as T) : requireObject(given, "options");
  const unknown = unknownWord(options, rules);
  if (unknown !== undefined) {
    throw new TypeError(
      `There is no option "${unknown}" here; the options are ${Object.keys(rules).join(", ")}.`,
    );
  }
  for (const [name, rule] of Object.entries<Rule>(rules)) {
    const value: unknown = options[name as keyof T];
    if (value !== undefined) requireRule(value, rule, name);
  }
  return options;
}

/** Return the first key of an object that is not a known one. */
export function unknownWord(given: object, known: object): string | undefined {
  return Object.keys(given).find((name) => !Object.hasOwn(known, name));
}

function requireRule(value: unknown, rule: Rule, field: string): void {
  if (typeof rule === "function") rule(value, field);
  else if (typeof rule !== "string") requireWord(value, rule, field);
  else if (typeof value !== rule) throw wrong(`a ${rule}`, field);
}
