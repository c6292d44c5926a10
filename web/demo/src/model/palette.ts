/**
 * Colours that stay apart for colour-blind people: Okabe and Ito's set (without black), then lighter companions.
 * A colour never carries meaning alone: each layer also has its name and number.
 */
const COLOURS = [
  "#e69f00",
  "#56b4e9",
  "#009e73",
  "#f0e442",
  "#cc79a7",
  "#d55e00",
  "#0072b2",
  "#ffffff",
  "#ffcc66",
  "#a6dcff",
  "#66d9b8",
  "#fff7a1",
  "#efb6d6",
  "#ff9c57",
  "#7fb8e6",
  "#c0c0c0",
] as const;

/** Colour of the `index`-th layer, from 0. */
export function layerColour(index: number): string {
  return COLOURS[index % COLOURS.length] ?? COLOURS[0];
}

/** Colour of a plane that was in the file already: begins further on, so it differs from the first layers. */
export function planeColour(index: number): string {
  return layerColour(index + 4);
}

/** `#rrggbb` as three numbers from 0 to 255. */
export function rgbOf(colour: string): readonly [red: number, green: number, blue: number] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}
