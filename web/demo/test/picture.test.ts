/** "Save picture" and "Save as NIfTI": what was seen when the button was pressed, or nothing. */
import { expect, it, vi } from "vitest";
import { Fault } from "../src/workers/fault.js";
import { opened } from "./opened.js";

const saved: string[] = [];
const viewport = { snapshot: vi.fn(async () => new Blob()) };
vi.mock("../src/view/canvas.js", () => ({ viewport }));
vi.mock("dicom-overlay", async (original) => ({
  ...(await original<typeof import("dicom-overlay")>()),
  download: (_: Blob, name: string) => saved.push(name),
}));
const niftis: string[] = [];
vi.mock("../src/model/order.js", () => ({ orderSeries: async () => undefined }));
vi.mock("../src/export/nifti.js", () => ({
  niftiOf: ({ uid }: { readonly uid: string }) => {
    niftis.push(uid);
    throw new Fault("no-grid");
  },
}));
vi.stubGlobal("location", new URL("http://localhost/"));

it("saves no picture while the canvas still shows the one before, and says why it could not be made", async () => {
  const { savePicture } = await import("../src/actions/commands.js");
  const state = await import("../src/model/state.js");
  state.beginOpening();
  state.takeFiles([opened("a.dcm", {})], []);
  await savePicture();
  expect(saved).toEqual([]);
  state.drawnKey.value = state.shownKey.value;
  await savePicture();
  expect(saved).toEqual(["a-overlay.png"]);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  viewport.snapshot.mockRejectedValueOnce(new DOMException("no room", "EncodingError"));
  await savePicture();
  expect(state.errorText.value()).not.toBe("");
});

it("saves the series as NIfTI whose button was pressed, although another one is shown by then", async () => {
  const { saveNifti } = await import("../src/actions/commands.js");
  const { enqueue } = await import("../src/model/queue.js");
  const state = await import("../src/model/state.js");
  state.beginOpening();
  state.takeFiles([opened("c", {}), opened("dd", { seriesInstanceUid: "1.9" })], []);
  const [first, second] = state.seriesList.value;
  if (first === undefined || second === undefined) throw new Error("no two series");
  state.showSeries(first);
  saveNifti();
  state.showSeries(second);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  await enqueue(async () => undefined);
  expect(niftis).toEqual([first.uid]);
});
