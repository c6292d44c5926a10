/** Bytes that become one Blob piece by piece: a browser may keep Blobs out of memory, never arrays. */

/** Bytes that are gathered before they go into a Blob. */
const PIECE = 8 << 20;

/** A Blob that is being put together. */
export class BlobPieces {
  readonly #blobs: Blob[] = [];
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  #held = 0;
  #size = 0;

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  add(chunk: Uint8Array<ArrayBuffer>): void {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    this.#size += chunk.length;
    if (this.#held < PIECE) return;
    this.#blobs.push(new Blob(this.#chunks));
    this.#chunks = [];
    this.#held = 0;
  }

  /** What came so far. */
  blob(type = ""): Blob {
    return new Blob([...this.#blobs, ...this.#chunks], { type });
  }

  /** What came so far, in memory. */
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await this.blob().arrayBuffer());
  }
}
