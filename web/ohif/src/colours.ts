/** Colours that can be distinguished on grey, even with the common kinds of colour blindness, in the order of use. */
export const COLOURS: readonly string[] = [
  "#ff5a5a",
  "#3fc6ff",
  "#ffd23f",
  "#6ee76e",
  "#d58bff",
  "#ff9a3f",
  "#4dffd0",
  "#ff8ac6",
];

/** Return red, green, blue of `#rrggbb`, each 0 to 255. */
export function rgbOf(colour: string): readonly [red: number, green: number, blue: number] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}
