/** What sinks take and return. Types alone. */
import type { OverlayError } from "../errors.js";
import type { OverlaySource } from "../values/plane.js";

/** What a sink needs of a result; a `SeriesResult` has it. */
export interface NamedBlob {
  /** Made safe and unique by the sink. */
  readonly name: string;
  /** Absent where the export of this file failed. Of a result of this package, sinks write the pieces instead. */
  readonly blob?: Blob | undefined;
  /** What the Blob was made from. */
  readonly file?: OverlaySource | undefined;
  /** Default: the position among the results. */
  readonly index?: number | undefined;
  /** Why there is no Blob. */
  readonly error?: OverlayError | undefined;
}

/** NamedBlobs as an export yields them, or a list. */
export type NamedBlobs = AsyncIterable<NamedBlob> | Iterable<NamedBlob>;

interface Named {
  /** The result's `index`, else its position among the results, from 0. */
  readonly index: number;
  /** The result's name, as it was given. */
  readonly name: string;
}

/** A file that could not be saved, or whose export had failed. Nothing of it was left behind. */
export interface UnsavedFile extends Named {
  readonly outcome: "failed";
  readonly error: OverlayError;
}

/** What became of one result in a folder or a ZIP. */
export type SavedFile =
  | (Named & { readonly outcome: "saved"; readonly savedAs: string; readonly bytes: number })
  | UnsavedFile;

/** What became of one result that was handed to the browser's downloads; a page cannot learn what happens then. */
export type OfferedFile =
  | (Named & { readonly outcome: "offered"; readonly savedAs: string; readonly bytes: number })
  | UnsavedFile;

/** Options of every sink. */
export interface SaveOptions<Outcome = SavedFile> {
  /** Called for each result as soon as it is saved or has failed. */
  readonly onSaved?: ((file: Outcome) => void) | undefined;
  /** Ends the saving, which then rejects with `signal.reason`. Saved files stay; half-written ones are removed. */
  readonly signal?: AbortSignal | undefined;
}
