/** Line icons of the tools; each is shown with its name, so none carries meaning alone. */
import type { JSX } from "preact";

const PATHS = {
  window: "M12 3a9 9 0 1 0 0 18V3z M12 3a9 9 0 0 1 0 18",
  move: "M12 3v18M3 12h18M12 3l-3 3m3-3 3 3M12 21l-3-3m3 3 3-3M3 12l3-3m-3 3 3 3M21 12l-3-3m3 3-3 3",
  brush: "M20 4 10 14M9 14c-3 0-2 4-6 5 5 2 9 0 9-3 0-1-1-2-3-2z",
  eraser: "M8 20h12M4 15l9-9 7 7-7 7H9z M9 10l7 7",
  rectangle: "M4 6h16v12H4z",
  polygon: "M12 3l9 7-4 10H6L3 9z",
  fill: "M5 12l7-8 7 7-8 8z M5 12h14 M20 16c1 2 2 3 2 4a2 2 0 0 1-4 0c0-1 1-2 2-4z",
  eye: "M2 12c3-5 6-7 10-7s7 2 10 7c-3 5-6 7-10 7s-7-2-10-7z M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  undo: "M9 7 4 12l5 5M4 12h10a6 6 0 0 1 6 6",
  redo: "M15 7l5 5-5 5M20 12H10a6 6 0 0 0-6 6",
  previous: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  file: "M6 3h8l4 4v14H6z M14 3v4h4",
  folder: "M3 6h6l2 2h10v11H3z",
  mask: "M4 4h16v16H4z M12 8v8m-4-4 4 4 4-4",
  save: "M12 4v11m-4-4 4 4 4-4M5 20h14",
  picture: "M4 5h16v14H4z M4 16l5-5 4 4 3-3 4 4",
  help: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.4-1 .9-1 1.7M12 17v.1",
  play: "M7 4l13 8-13 8z",
  pause: "M8 4v16M16 4v16",
  remove: "M6 6l12 12M18 6 6 18",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
