/** Which of two versions is behind, for advice that fits. A leaf that page and worker share. */

/** Return -1 where `a` is older than `b`, 1 where it is newer, 0 where that cannot be told. */
export function compareVersions(a: string, b: string): -1 | 0 | 1 {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  for (let at = 0; at < 3; at++) {
    const [one = 0, other = 0] = [left[at], right[at]];
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}

function numbersOf(version: string): number[] {
  const [numbers = ""] = /^\d+(\.\d+)*/.exec(version) ?? [];
  return numbers === "" ? [] : numbers.split(".").map(Number);
}
