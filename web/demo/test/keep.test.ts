/** Unsaved work while it is made and restored: what a hand does that does not rest, clicks twice, or meets a dead database. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { BitMask } from "../src/model/bitmask.js";
import { addLayer, type Doc, emptyDoc, putMasks } from "../src/model/document.js";
import { hashFiles, packWork } from "../src/model/kept-work.js";
import { makeSeries } from "../src/model/series.js";
import { opened } from "./opened.js";

const store = { putWork: vi.fn(), dropWork: vi.fn(), findWork: vi.fn() };
vi.mock("../src/shell/work-store.js", () => store);

const files = [opened("a", {}), opened("bb", {})];
const full = BitMask.fromPixels(4, 5, new Array<number>(20).fill(1), (value) => value === 1);
const keys = makeSeries("", files, "position").pictures.map(({ key }) => key);

beforeEach(() => {
  vi.resetModules();
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("location", new URL("http://localhost/"));
  for (const one of Object.values(store)) one.mockReset().mockResolvedValue(null);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** The page with a series in its order. */
async function start(): Promise<{
  readonly state: typeof import("../src/model/state.js");
  readonly keep: typeof import("../src/actions/keep.js");
}> {
  const state = await import("../src/model/state.js");
  const keep = await import("../src/actions/keep.js");
  state.beginOpening();
  state.takeFiles(files, []);
  state.opening.value = false;
  const [series] = state.seriesList.value;
  if (series === undefined) throw new Error("no series");
  state.reorder(series, makeSeries(series.uid, series.files, "position"));
  return { state, keep };
}

/** A document with one marked layer. */
function marked(doc: Doc, name: string): Doc {
  const next = addLayer(doc, name);
  if (next === null) throw new Error("no layer is free");
  return putMasks(next, [{ layerId: next.activeId, picture: keys[0] ?? "", mask: full }]);
}

it("writes the work of a hand that never rests", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { state, keep } = await start();
  const past = state.history.value;
  keep.keepWork();
  const written = new Promise<void>((resolve) => store.putWork.mockImplementation(async () => resolve()));
  for (let k = 0; k < 4; k++) {
    past?.commit(marked(past.doc.value, `${k}`));
    vi.advanceTimersByTime(300);
  }
  await written;
});

async function offered(): Promise<Awaited<ReturnType<typeof start>>> {
  const work = packWork(marked(emptyDoc("1"), "kept"), await hashFiles(files));
  store.findWork.mockResolvedValue({ series: "hash", tab: "other", time: 0, work });
  const page = await start();
  page.keep.keepWork();
  await vi.waitUntil(() => page.keep.offer.value);
  return page;
}

it("restores work once, however often it is asked for", async () => {
  const { state, keep } = await offered();
  const { enqueue } = await import("../src/model/queue.js");
  const offer = keep.offer.value;
  if (offer === null) throw new Error("nothing is offered");
  keep.restoreWork(offer);
  // The second click finds what the page shows then.
  if (keep.offer.value !== null) keep.restoreWork(keep.offer.value);
  await enqueue(async () => undefined);
  expect(state.history.value?.doc.value.layers.map(({ name }) => name)).toEqual(["kept"]);
});

it("goes on where the database never answers", async () => {
  const { state, keep } = await offered();
  const { enqueue } = await import("../src/model/queue.js");
  store.putWork.mockReturnValue(new Promise(() => undefined));
  if (keep.offer.value !== null) keep.restoreWork(keep.offer.value);
  await enqueue(async () => undefined);
  expect(state.history.value?.doc.value.layers.map(({ name }) => name)).toEqual(["kept"]);
});
