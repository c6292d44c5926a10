/** The page's list of series, before the package has told their order. */
import { describe, expect, it } from "vitest";
import { addFiles, makeSeries, type OpenedFile, seriesKey } from "../src/model/series.js";
import { opened } from "./opened.js";

const file = (id: number): OpenedFile => ({ ...opened(`${id}.dcm`, {}), id });
const ids = (files: readonly OpenedFile[]): number[] => files.map(({ id }) => id);

describe("files that are opened", () => {
  it("lie in the order of their paths, whichever answers first", () => {
    const [first] = addFiles([], [file(2), file(1), file(5)]);
    const [all] = addFiles(first === undefined ? [] : [first], [file(4), file(3)]);
    expect(ids(all?.files ?? [])).toEqual([1, 2, 3, 4, 5]);
  });

  it("come after those that are in the order of their positions", () => {
    const ordered = makeSeries(seriesKey(file(1)), [file(2), file(1)], "position");
    const [all] = addFiles([ordered], [file(4), file(3)]);
    expect(ids(all?.files ?? [])).toEqual([2, 1, 4, 3]);
    expect(all?.orderedBy).toBe("arrival");
  });
});
