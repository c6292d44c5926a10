/** A mask file that cannot be used, by code; `messages.ts` has the words. */
export type MaskFileCode =
  | "mask-damaged"
  | "mask-unknown-format"
  | "mask-unsupported-type"
  | "mask-size"
  | "mask-not-placed"
  | "mask-too-many-labels"
  | "mask-empty";

export class MaskFileError extends Error {
  readonly code: MaskFileCode;
  readonly detail: Readonly<Record<string, string | number>>;

  constructor(
    code: MaskFileCode,
    { detail = {}, cause }: { detail?: Record<string, string | number>; cause?: unknown } = {},
  ) {
    super(code, { cause });
    this.name = "MaskFileError";
    this.code = code;
    this.detail = detail;
  }
}
