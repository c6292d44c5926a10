import { OverlayError, type PlacedView } from "dicom-overlay";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Contradiction, type Placement, placeVolume } from "../src/masks/place.js";
import type { FoundVolume } from "../src/masks/protocol.js";
import { addFiles, type Series } from "../src/model/series.js";
import { opened } from "./opened.js";

const mocks = vi.hoisted(() => ({ placeImages: vi.fn() }));
vi.mock("../src/model/exporter.js", () => ({ getExporter: async () => mocks }));

const VIEWS: readonly PlacedView[] = [0, 1, 2].map((k) => [20 * k, 5, 1, 0, 4, 0, 5]);
const [series] = addFiles(
  [],
  ["a", "bb", "ccc"].map((path, k) => opened(path, { imagePositionPatient: [0, 0, k] })),
) as [Series];
const volume = (change: Partial<FoundVolume> = {}): FoundVolume =>
  ({
    name: "m",
    columns: 5,
    rows: 4,
    slices: 3,
    origin: [0, 0, 0],
    spacing: [1, 1, 1],
    direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
    ...change,
  }) as FoundVolume;

describe("a mask on a series", () => {
  let asked: Contradiction[];
  beforeEach(() => {
    asked = [];
    mocks.placeImages.mockReset().mockResolvedValue({ views: VIEWS, notices: [] });
  });
  const place = (given: FoundVolume, agrees = false): Promise<Placement | null> =>
    placeVolume(given, series, 1, new AbortController().signal, async (found) => {
      asked.push(found);
      return agrees;
    });

  it("lies where the package places it by its position, and nobody is asked", async () => {
    expect(await place(volume())).toEqual({ method: "position", views: VIEWS });
    expect(asked).toEqual([]);
  });

  it("without a place lies in the order of the images, and that is said", async () => {
    expect(await place(volume({ origin: undefined }))).toEqual({ method: "order", views: VIEWS });
    expect(mocks.placeImages).not.toHaveBeenCalled();
  });

  it.each(["mask-not-placed", "invalid-series", "invalid-mask"] as const)(
    "against its position (%s) is laid by order only where the user wants that, both places named",
    async (code) => {
      mocks.placeImages.mockRejectedValue(new OverlayError(code, "elsewhere", {}));
      const elsewhere = volume({ origin: [100, 50, -7] });
      expect(await place(elsewhere)).toBeNull();
      expect(await place(elsewhere, true)).toEqual({ method: "order-against-position", views: VIEWS });
      const ends = {
        mask: [
          [100, 50, -7],
          [104, 53, -5],
        ],
        images: [
          [0, 0, 0],
          [4, 3, 2],
        ],
      };
      expect(asked).toEqual([
        { ...ends, fitsByOrder: true },
        { ...ends, fitsByOrder: true },
      ]);
    },
  );

  it("of another Frame of Reference is a question too, and the package is not asked", async () => {
    expect(await place(volume({ frameOfReferenceUid: "1.9" }))).toBeNull();
    expect(asked).toHaveLength(1);
    expect(mocks.placeImages).not.toHaveBeenCalled();
  });

  it.each([
    ["of another number of slices", { slices: 2 }],
    ["of one slice, on a series", { slices: 1 }],
    ["of another size", { columns: 6 }],
  ])("against its position and %s is laid nowhere, whatever is answered", async (_, change) => {
    mocks.placeImages.mockRejectedValue(new OverlayError("mask-not-placed", "elsewhere", {}));
    expect(await place(volume(change), true)).toBeNull();
    expect(asked).toMatchObject([{ fitsByOrder: false }]);
  });

  it("is not laid where the package cannot be had", async () => {
    mocks.placeImages.mockRejectedValue(new OverlayError("worker-start-failed", "no runtime", {}));
    await expect(place(volume(), true)).rejects.toMatchObject({ code: "worker-start-failed" });
    expect(asked).toEqual([]);
  });
});
