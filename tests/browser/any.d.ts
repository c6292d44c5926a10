/** Modules that only the test's own server has. */
export const createOverlayExporter: any;
export const fromDicomWeb: any;
export const listOverlays: any;
export const maskOf: any;
export const toDicomWeb: any;
