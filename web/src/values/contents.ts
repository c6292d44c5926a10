/** The bytes of a changed file: spans of the file that it was made from, and new bytes. Nothing is read or copied here. */

/** Bytes `[start, end)` of the source, from its start; `end` is exclusive. */
export type Span = readonly [start: number, end: number];

/** One piece of a changed file. */
export type Piece = Uint8Array | Span;

const DICOM = "application/dicom";

/** A changed file that is put together on first access: in Chromium each slice and each Blob is a round trip. */
export class Contents {
  readonly source: Blob;
  readonly size: number;
  #pieces: readonly Piece[] | null;
  #blob: Blob | null;

  /** @param pieces - in order; `null` where the file stays as it is. */
  constructor(source: Blob, pieces: readonly Piece[] | null) {
    this.source = source;
    this.#pieces = pieces;
    this.#blob = pieces === null ? source : null;
    this.size = (pieces ?? [[0, source.size] as const]).reduce((sum, piece) => sum + sizeOf(piece), 0);
  }

  /** The media type of {@link blob}. */
  get type(): string {
    return this.#blob?.type ?? DICOM;
  }

  /** New bytes and spans of the source; `null` once there is a Blob. */
  get pieces(): readonly Piece[] | null {
    return this.#pieces;
  }

  /** The same as bytes and Blobs. */
  get parts(): readonly BlobPart[] {
    return this.#pieces === null ? [this.blob] : this.#parts(this.#pieces);
  }

  /** The file. Once it is made, the browser holds the new bytes, and the page no longer does. */
  get blob(): Blob {
    this.#blob ??= new Blob([...this.#parts(this.#pieces ?? [])], { type: DICOM });
    this.#pieces = null;
    return this.#blob;
  }

  #parts(pieces: readonly Piece[]): readonly BlobPart[] {
    return pieces.map((piece) =>
      isSpan(piece) ? this.source.slice(...piece) : (piece as Uint8Array<ArrayBuffer>),
    );
  }
}

const contents = new WeakMap<object, Contents>();

/** What a result shows of its contents. */
export interface WithContents {
  readonly blob: Blob;
  readonly pieces: readonly BlobPart[];
}

/**
 * Give a result its `blob` and `pieces`, made on first access.
 *
 * They are getters of the object itself: a copy (`{ ...result }`, `structuredClone(result)`) has them as plain values.
 */
export function withContents<T extends object>(result: T, made: Contents): T & WithContents {
  Object.defineProperties(result, {
    blob: { get: () => made.blob, enumerable: true, configurable: true },
    pieces: { get: () => made.parts, enumerable: true, configurable: true },
  });
  contents.set(result, made);
  return result as T & WithContents;
}

/** Return the contents of a result of this package; `null` for anything else, including copies of results. */
export function contentsOf(result: object): Contents | null {
  return contents.get(result) ?? null;
}

export function isSpan(piece: Piece): piece is Span {
  return Array.isArray(piece);
}

function sizeOf(piece: Piece): number {
  return isSpan(piece) ? piece[1] - piece[0] : piece.length;
}
