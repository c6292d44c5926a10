/** Distinct labels: one that is equal to an earlier one gets a number. */

/** Characters of an Overlay Label (PS3.5 section 6.2, LO). */
const LONGEST = 64;

/**
 * Return the labels as they are written: without what a label cannot hold, never blank, each once.
 *
 * OHIF calls the first segment of every segmentation "Segment 1": two planes of one label would be read as one layer.
 */
export function uniqueLabels(labels: readonly string[]): readonly string[] {
  const plain = labels.map(writable);
  const taken = new Set(plain);
  const given = new Set<string>();
  return plain.map((label, index) => {
    const isFirst = label !== "" && !given.has(label);
    const unique = isFirst ? label : freeLabel(label || `Segment ${index + 1}`, taken, given);
    given.add(unique);
    return unique;
  });
}

/**
 * Return what is written where a file's character set cannot hold a label: ASCII letters, unlike all other labels.
 *
 * @param labels - unique ones.
 */
export function asciiLabels(labels: readonly string[]): readonly string[] {
  const taken = new Set(labels);
  const given = new Set<string>();
  return labels.map((label, index) => {
    if (/^[ -~]*$/.test(label)) return label;
    const unique = freeLabel(writable(toAscii(label)) || `Segment ${index + 1}`, taken, given);
    given.add(unique);
    return unique;
  });
}

/** Return the label, with a number behind it where it is in use. */
function freeLabel(label: string, ...used: readonly ReadonlySet<string>[]): string {
  let free = label;
  for (let number = 2; used.some((labels) => labels.has(free)); number++) {
    const end = ` ${number}`;
    free = shortened(label, LONGEST - end.length) + end;
  }
  return free;
}

/** Letters without their marks; what has no ASCII letter becomes an underscore. */
function toAscii(label: string): string {
  const bare = label.normalize("NFKD").replace(/\p{M}/gu, "").replace(/ß/g, "ss");
  const ascii = bare.replace(/[^ -~]+/g, "_");
  return /[A-Za-z0-9]/.test(ascii) ? ascii : "";
}

function writable(label: string): string {
  return shortened(label.replace(/[\\\p{Cc}]+/gu, " ").trim(), LONGEST);
}

/** Cut between characters, not within one. */
function shortened(text: string, length: number): string {
  return [...text].slice(0, length).join("").trim();
}
