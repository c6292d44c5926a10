/** "Save picture": the picture that its name and its marks belong to, or none. */
import { expect, it, vi } from "vitest";
import { opened } from "./opened.js";

const saved: string[] = [];
const viewport = { snapshot: vi.fn(async () => new Blob()) };
vi.mock("../src/view/canvas.js", () => ({ viewport }));
vi.mock("dicom-overlay", async (original) => ({
  ...(await original<typeof import("dicom-overlay")>()),
  download: (_: Blob, name: string) => saved.push(name),
}));
vi.stubGlobal("location", new URL("http://localhost/"));

it("is not saved while the canvas still shows the one before, and says why it could not be made", async () => {
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
