/** dcmjs ships no types; only what is measured is declared. */
declare module "dcmjs" {
  const dcmjs: {
    readonly data: {
      readonly DicomMessage: {
        readFile(buffer: ArrayBuffer): {
          upsertTag(tag: string, vr: string, values: unknown[]): void;
          write(): ArrayBuffer;
        };
      };
      readonly BitArray: { pack(pixels: Uint8Array): Uint8Array };
    };
    readonly log: { setLevel(level: string): void };
  };
  export default dcmjs;
}
