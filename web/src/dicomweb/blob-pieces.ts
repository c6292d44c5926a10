/** Bytes that become one Blob piece by piece: a browser may keep Blobs out of memory, never arrays. */

/** Bytes that are gathered before they go into a Blob. */
const PIECE = 8 << 20;

/** A Blob that is being put together. */
export class BlobPieces {
  readonly #blobs: Blob[] = [];
  #chunks: Uint8Array<ArrayBuffer>[] = [];
  #size = 0;

  add(chunk: Uint8Array<ArrayBuffer>): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size >= PIECE) this.#flush();
  }

  end(): Blob {
    this.#flush();
    return new Blob(this.#blobs);
  }

  #flush(): void {
    this.#blobs.push(new Blob(this.#chunks));
    this.#chunks = [];
    this.#size = 0;
  }
}
