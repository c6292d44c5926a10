/** Names of exported files. */

const EXTENSION = /\.(dcm|dicom|dic|ima|img)$/i;

export const DEFAULT_PATTERN = "{name}-overlay";

/**
 * Name of an exported file: `{name}` is the original's without its extension, `{index}` its place in the series.
 *
 * @param index - from 1
 */
export function exportName(pattern: string, original: string, index: number, total: number): string {
  const name = original.replace(EXTENSION, "");
  const digits = String(total).length;
  const filled = (pattern.trim() || DEFAULT_PATTERN)
    .replaceAll("{name}", () => name)
    .replaceAll("{index}", () => String(index).padStart(digits, "0"));
  return `${filled.replace(EXTENSION, "")}.dcm`;
}
