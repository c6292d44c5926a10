/** dcmjs ships no types; only what the image worker uses is declared. */
declare module "dcmjs" {
  interface DicomElement {
    readonly vr: string;
    readonly Value?: readonly unknown[];
  }
  interface DicomDict {
    readonly meta: Record<string, DicomElement>;
    readonly dict: Record<string, DicomElement>;
  }
  interface ReadOptions {
    readonly untilTag?: string;
    readonly includeUntilTagValue?: boolean;
    readonly ignoreErrors?: boolean;
    readonly noCopy?: boolean;
  }
  const dcmjs: {
    readonly data: {
      readonly DicomMessage: { readFile(buffer: ArrayBuffer, options?: ReadOptions): DicomDict };
      readonly DicomMetaDictionary: { naturalizeDataset(dict: DicomDict["dict"]): Record<string, unknown> };
    };
    readonly log: {
      setLevel(level: string): void;
      getLogger(name: string): { setLevel(level: string): void };
    };
  };
  export default dcmjs;
}

declare module "*.wasm?url" {
  const url: string;
  export default url;
}
