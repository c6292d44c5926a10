/** Python's one function as the worker sees it; a leaf between `handle` and `runtime`. */

/** Bytes [start, end) of the file of job number `job`, from its start; `end` is exclusive and may pass the file's end. */
export type ReadRange = (job: number, start: number, end: number) => Uint8Array;

/** `dicom_overlay.bridge.handle`. */
export interface Bridge {
  /**
   * @param request - JSON list of the jobs.
   * @returns the JSON list of their answers, and the answers' buffers, in memory of their own.
   */
  call(
    request: string,
    buffers: readonly Uint8Array[],
    read: ReadRange,
  ): readonly [json: string, Uint8Array[]];
}
