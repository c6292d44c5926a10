/**
 * The messages between the page and its mask worker: first the files are read, then the labels are cut out where
 * they lie.
 */
import type { PlacedView, VolumeSpace } from "dicom-overlay";
import type { Values } from "./volume.js";

/** The size of a picture that a mask may lie on. */
export interface Size {
  readonly rows: number;
  readonly columns: number;
}

export interface ReadRequest extends Size {
  readonly type: "read";
  readonly files: readonly File[];
}

/** What to take of a volume's values: its labels, or what is at or above a threshold. */
export type Choice = "labels" | { readonly threshold: number };

/** Cut the volumes that were read: for each, where each picture's pixels are in it, and what is set. */
export interface CutRequest extends Size {
  readonly type: "cut";
  readonly views: readonly (readonly (PlacedView | null)[])[];
  readonly choices: readonly Choice[];
  /** Number of layers that can still be added. */
  readonly room: number;
}

/** How many pixels of one picture a threshold would set. */
export interface TryRequest extends Size {
  readonly type: "try";
  readonly volume: number;
  readonly view: PlacedView;
  readonly threshold: number;
}

/** A future layer: its masks one after the other, each packed like Overlay Data. */
export interface NewLayer {
  readonly name: string;
  /** The volume that it came from. */
  readonly volume: number;
  /** The pictures' places in the series. */
  readonly pictures: readonly number[];
  readonly bits: Uint8Array<ArrayBuffer>;
  readonly pixels: number;
  /** The largest share of a picture that is set, 0 to 1. */
  readonly most: number;
}

/** A volume that was read: its size, its values, and its place in space where its file tells that. */
export interface FoundVolume extends VolumeSpace {
  readonly name: string;
  readonly frameOfReferenceUid?: string | null;
  readonly values: Values;
}

export type MaskRequest = ReadRequest | CutRequest | TryRequest;

export interface MaskAnswers {
  readonly read: readonly FoundVolume[];
  readonly cut: readonly NewLayer[];
  readonly try: { readonly bits: Uint8Array<ArrayBuffer>; readonly pixels: number };
}
