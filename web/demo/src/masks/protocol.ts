/** Words that the page and its mask worker share: first the files are read, then the labels cut where they lie. */
import type { PlacedView, VolumeSpace } from "dicom-overlay";

/** The size of a picture that a mask may lie on. */
export interface Size {
  readonly rows: number;
  readonly columns: number;
}

export interface ReadRequest extends Size {
  readonly type: "read";
  readonly files: readonly File[];
  /** Pictures in the series. */
  readonly pictures: number;
  /** Layers that there is room for. */
  readonly room: number;
}

/** Cut the volumes that were read: for each, where each picture's pixels are in it. */
export interface CutRequest extends Size {
  readonly type: "cut";
  readonly views: readonly (readonly (PlacedView | null)[])[];
}

/** One layer to be: its masks one after the other, each packed as Overlay Data is. */
export interface NewLayer {
  readonly name: string;
  /** The pictures' places in the series; a single PNG has 0. */
  readonly pictures: readonly number[];
  readonly bits: Uint8Array<ArrayBuffer>;
}

/** A volume that was read: its size, and its place in space where its file tells that. */
export type FoundVolume = VolumeSpace;

/** PNGs are layers at once, as they lie on pictures; volumes must be placed. */
export interface ReadAnswer {
  readonly layers: readonly NewLayer[];
  readonly pixels: number;
  readonly volumes: readonly FoundVolume[];
}

export type MaskRequest = ReadRequest | CutRequest;

export interface MaskAnswers {
  readonly read: ReadAnswer;
  readonly cut: readonly NewLayer[];
}
