/** A mask that is still being read while another series is chosen belongs to the one that it was brought to. */
import { expect, it, vi } from "vitest";
import { opened } from "./opened.js";

let finish = (): void => undefined;
const reading = new Promise<void>((resolve) => {
  finish = resolve;
});
vi.stubGlobal("location", new URL("http://localhost/"));
vi.mock("../src/workers/link.js", () => ({
  WorkerLink: class {
    end(): void {
      // Nothing runs.
    }

    async ask({ type }: { readonly type: "read" | "cut" }): Promise<unknown> {
      if (type === "cut")
        return [
          { name: "m", volume: 0, pictures: [0], bits: new Uint8Array(4).fill(255), pixels: 20, most: 1 },
        ];
      await reading;
      return [{ name: "m", slices: 1, rows: 4, columns: 5, values: { needsThreshold: false } }];
    }
  },
}));

it("is laid on the pictures of its own series", async () => {
  const state = await import("../src/model/state.js");
  const { bringMasks } = await import("../src/masks/bring.js");
  state.beginOpening();
  state.takeFiles([opened("a", {}), opened("bb", { seriesInstanceUid: "1.9" })], []);
  const [first, second] = state.seriesList.value;
  if (first === undefined || second === undefined) throw new Error("no two series");
  state.showSeries(first);
  const bringing = bringMasks([new File([], "m.png")], new AbortController().signal, () => undefined);
  state.showSeries(second);
  finish();
  await bringing;
  const keys = [first, second].map((series) =>
    state.historyOf(series).doc.value.layers.flatMap(({ masks }) => [...masks.keys()]),
  );
  expect(keys).toEqual([[first.pictures[0]?.key], []]);
});
