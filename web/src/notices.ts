/** Findings that are not errors. A leaf. */

/** The codes of notices; equal to `NOTICE_CODES` in `python/dicom_overlay/notices.py` (a test compares them). */
export const NOTICE_CODES = [
  "truncated-file",
  "unreadable-rest",
  "trailing-bytes",
  "plane-without-size",
  "plane-too-large",
  "invalid-number-of-frames",
  "duplicate-element",
  "out-of-range",
  "missing-size",
  "missing-origin",
  "invalid-type",
  "invalid-frames",
  "invalid-bits",
  "embedded-plane",
  "embedded-unreadable",
  "no-data",
  "encapsulated-data",
  "short-data",
  "long-data",
  "undecodable-text",
  "all-frames",
  "embedded-plane-kept",
  "embedded-bits-unreachable",
  "sop-class",
  "tiff-dual",
  "length-to-end",
  "no-pixel-data",
  "presentation-state",
  "not-aligned",
  "type-r",
  "colour-image",
  "character-set-changed",
  "label-fallback",
  "non-ascii-label",
  "digital-signatures",
  "stale-dicomdir",
  "layer-repeated",
  "order-by-number",
  "order-by-name",
  "placed-by-order",
  "mask-covers-part",
  "mask-slices-unused",
  "mask-cropped",
  "slices-repeat",
  "resampled",
  "labels-left-out",
  "label-renamed",
  "mostly-set",
  "empty-mask",
  "masks-unused",
  "other-patient",
  "other-study",
  "plane-cropped",
  "plane-enlarged",
  "labels-overlap",
  "frames-left-out",
  "types-differ",
] as const;

/** A stable, kebab-case word for one kind of finding; the same in Python and in JavaScript. */
export type NoticeCode = (typeof NOTICE_CODES)[number];

/** Something unusual that is not an error. Show it to the user or ignore it; the package never prints it. */
export interface Notice {
  readonly code: NoticeCode;
  readonly message: string;
  readonly detail: Readonly<Record<string, unknown>>;
}
