/** The name of a series on the page. */
import { words } from "../words/words.js";
import type { Series } from "./series.js";

/** Its number, modality and description. */
export function titleOf({ files }: Series): string {
  const { seriesNumber, modality, seriesDescription } = files[0]?.facts ?? {};
  const number = seriesNumber === null || seriesNumber === undefined ? "" : `#${seriesNumber} `;
  return `${number}${modality ?? ""} ${seriesDescription ?? ""}`.trim() || words.value.seriesUnnamed;
}
