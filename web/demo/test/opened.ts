import type { HeaderFacts } from "../src/image/protocol.js";
import type { OpenedFile } from "../src/model/series.js";

const FACTS: HeaderFacts = {
  rows: 4,
  columns: 5,
  numberOfFrames: 1,
  seriesInstanceUid: "1.2",
  frameOfReferenceUid: "1.3",
  modality: "CT",
  seriesDescription: "",
  seriesNumber: 1,
  instanceNumber: 1,
  imagePositionPatient: [0, 0, 0],
  imageOrientationPatient: [1, 0, 0, 0, 1, 0],
  pixelSpacing: [1, 1],
  frameRate: null,
  pixelAspect: 1,
  sopInstanceUid: null,
  study: { studyInstanceUid: "1.4", patientName: "", patientId: "", date: "", description: "" },
  frames: null,
};

/** An opened file with these facts, of 4 rows and 5 columns unless they say otherwise. */
export function opened(path: string, facts: Partial<HeaderFacts>): OpenedFile {
  return { id: path.length, path, file: new File([], path), folder: null, facts: { ...FACTS, ...facts } };
}
