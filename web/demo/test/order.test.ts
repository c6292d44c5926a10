/** What the page asks the package about the order of a series, held against the package's own rule for such facts. */
import type { OverlayExporter, SeriesImage } from "dicom-overlay";
import { afterEach, describe, expect, it, vi } from "vitest";
import { requireImages } from "../../src/series/images.js";
import { opened } from "./opened.js";

const asked: (SeriesImage & { readonly frames?: unknown })[] = [];
const exporter = {
  async orderImages(images: readonly SeriesImage[]) {
    asked.push(...requireImages(images));
    return { order: images.map((_, k) => images.length - 1 - k), notices: [] };
  },
} as unknown as OverlayExporter;

vi.mock("../src/model/exporter.js", () => ({ getExporter: async () => exporter }));

afterEach(() => vi.unstubAllGlobals());

describe("the order of a series", () => {
  it("of several enhanced images is asked with the place of each frame", async () => {
    vi.stubGlobal("location", new URL("http://localhost/"));
    const state = await import("../src/model/state.js");
    const { orderSeries } = await import("../src/model/order.js");
    const place = (z: number) => ({
      position: [0, 0, z],
      orientation: [1, 0, 0, 0, 1, 0],
      spacing: [1, 2],
    });
    const files = ["a", "bb"].map((path, k) =>
      opened(path, { numberOfFrames: 2, frames: [place(2 * k), place(2 * k + 1)] }),
    );
    state.beginOpening();
    state.takeFiles(files, []);
    state.opening.value = false;
    await orderSeries();
    expect(asked.map(({ frames }) => frames)).toEqual(
      [0, 2].map((z) =>
        [z, z + 1].map((at) => [
          [0, 0, at],
          [1, 0, 0, 0, 1, 0],
          [1, 2],
        ]),
      ),
    );
    const [series] = state.seriesList.value;
    expect([series?.orderedBy, ...(series?.files.map(({ path }) => path) ?? [])]).toEqual([
      "position",
      "bb",
      "a",
    ]);
  });
});
