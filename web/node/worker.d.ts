/** The worker's script: an address for bundlers, `import workerUrl from "dicom-overlay/worker?url"`. It exports nothing. */
export {};
