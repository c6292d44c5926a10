/** A module that only the test's own server has. */
export const createOverlayExporter: any;
export const fromDicomWeb: any;
export const toDicomWeb: any;
