/** Python's one function as the worker sees it; a leaf between `handle` and `runtime`. */

/** Bytes [start, end) of the file, from its start; `end` is exclusive and may pass the file's end. */
export type ReadRange = (start: number, end: number) => Uint8Array;

/** `dicom_overlay.bridge.handle`. */
export interface Bridge {
  /** @returns the JSON of the response and its buffers, in memory of their own. */
  call(
    request: string,
    buffers: readonly Uint8Array[],
    read: ReadRange,
  ): readonly [json: string, Uint8Array[]];
}
