/** Which picture is shown while files come in and their order is found. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import { makeSeries, type OpenedFile } from "../src/model/series.js";
import { opened } from "./opened.js";

type State = typeof import("../src/model/state.js");
let state: State;
beforeEach(async () => {
  vi.resetModules();
  state = await import("../src/model/state.js");
});

const files = (count: number, first = 0, seriesInstanceUid = "1.2"): OpenedFile[] =>
  Array.from({ length: count }, (_, k) => ({
    ...opened(`${first + k}`, { seriesInstanceUid }),
    id: first + k,
  }));
const shownId = (): number | undefined => state.picture.value?.source.id;
const uidShown = (): string | null | undefined => state.current.value?.files[0]?.facts.seriesInstanceUid;

function open(...given: OpenedFile[]): void {
  state.beginOpening();
  state.takeFiles(given, []);
  state.opening.value = false;
  state.settle();
}

/** Put the shown series into its order, as the package tells it. */
function order(turned = false): void {
  const before = state.current.value;
  if (before === null) throw new Error("nothing is open");
  const inOrder = turned ? [...before.files].reverse() : before.files;
  state.reorder(before, makeSeries(before.uid, inOrder, "position"));
}

describe("the picture that is shown", () => {
  it("is the middle one, also of a series that is put into another order", () => {
    open(...files(24));
    expect(shownId()).toBe(12);
    order(true);
    expect(state.index.value).toBe(12);
    expect(shownId()).toBe(11);
  });

  it("cannot be stepped away from until the order is known, and stays what was chosen then", () => {
    open(...files(24));
    expect(state.isInOrder.value).toBe(false);
    state.showPicture(3);
    expect(shownId()).toBe(12);
    order();
    expect(state.isInOrder.value).toBe(true);
    state.showPicture(3);
    expect(shownId()).toBe(3);
    state.settle();
    expect(shownId()).toBe(3);
  });

  it("is one of the series that was opened last, and the one left behind where that is chosen again", () => {
    open(...files(9));
    order();
    state.showPicture(2);
    const [first] = state.seriesList.value;
    open(...files(5, 100, "1.3"));
    expect([uidShown(), shownId()]).toEqual(["1.3", 102]);
    if (first !== undefined) state.showSeries(first);
    expect(shownId()).toBe(2);
  });

  it("is left alone where the user goes on working while files come in", () => {
    open(...files(9));
    order();
    state.showPicture(1);
    state.beginOpening();
    state.stay();
    state.takeFiles(files(5, 100, "1.3"), []);
    state.opening.value = false;
    state.settle();
    expect([uidShown(), shownId()]).toEqual(["1.2", 1]);
  });
});
