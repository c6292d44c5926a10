/** Whether an archive has an instance: asked in every way that it may offer. */
import type { Archive } from "./archive.js";
import { TAG, textOf } from "./dicom-json.js";
import type { FileIdentity } from "./identity.js";
import { fetchDataSets, statusOf } from "./query.js";

/** One thing that the archive was asked, and what it said. */
export interface Question {
  /** Below the root of the archive's services. */
  readonly path: string;
  /** `"yes"`, `"no"`, or why that is not known: an error's code, with the HTTP status where there is one. */
  readonly answer: string;
}

/** What came of asking. */
export interface Found {
  /** `null`: the archive cannot say. */
  readonly has: boolean | null;
  readonly asked: readonly Question[];
}

/**
 * Ask the archive for an instance: by a search for it, by a search in its series, and by its metadata.
 *
 * "No" is the answer of a search that found nothing. Metadata that are not there may also mean that the archive does
 * not offer them. A search that finds other instances ignores what it was asked, and says nothing.
 */
export async function askFor(
  archive: Archive,
  { sopInstanceUid, study, series }: FileIdentity,
): Promise<Found> {
  const asked: Question[] = [];
  const ask = async (service: "qido" | "wado", path: string): Promise<string> => {
    const answer = await answerOf(archive, service, path, sopInstanceUid);
    asked.push({ path, answer });
    return answer;
  };
  const query = `instances?SOPInstanceUID=${sopInstanceUid}`;
  let answer = await ask("qido", query);
  const place = study === null || series === null ? null : `studies/${study}/series/${series}`;
  if (place !== null && answer !== "yes") {
    const isAbsent = answer === "no";
    if (!isAbsent) answer = await ask("qido", `${place}/${query}`);
    if (answer !== "yes" && (await ask("wado", `${place}/instances/${sopInstanceUid}/metadata`)) === "yes")
      answer = "yes";
  }
  return { has: answer === "yes" ? true : answer === "no" ? false : null, asked };
}

async function answerOf(
  archive: Archive,
  service: "qido" | "wado",
  path: string,
  sopInstanceUid: string,
): Promise<string> {
  let others = 0;
  try {
    for await (const data of fetchDataSets(archive, service, path)) {
      if (textOf(data, TAG.SOPInstanceUID) === sopInstanceUid) return "yes";
      others++;
    }
  } catch (thrown) {
    const error = archive.requireOwn(thrown);
    const status = statusOf(error);
    return status === null ? error.code : `${error.code} ${status}`;
  }
  return others > 0 ? "others" : "no";
}
