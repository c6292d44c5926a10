/** Words that the page and its mask worker share. */
import type { Target } from "./volume.js";

export interface ImportRequest {
  readonly type: "import";
  readonly files: readonly File[];
  /** The series' pictures in order. */
  readonly pictures: readonly Target[];
  /** The shown one, from 0. */
  readonly shown: number;
  /** Layers that there is room for. */
  readonly room: number;
}

/** One layer to be: its masks by the picture's place in the series, packed as Overlay Data is. */
export interface NewLayer {
  readonly name: string;
  readonly masks: readonly { readonly picture: number; readonly bits: Uint8Array<ArrayBuffer> }[];
}

export interface ImportAnswer {
  readonly layers: readonly NewLayer[];
  readonly method: "pictures" | "geometry" | "index";
  /** Pictures that got a slice. */
  readonly placed: number;
  readonly pixels: number;
}

export interface MaskAnswers {
  readonly import: ImportAnswer;
}
