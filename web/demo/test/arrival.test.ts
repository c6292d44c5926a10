/** The page's list of series, before the package has told their order. */
import { describe, expect, it } from "vitest";
import { addFiles, makeSeries, type OpenedFile } from "../src/open/series.js";

function opened(id: number): OpenedFile {
  const facts = { seriesInstanceUid: "1.2", rows: 4, columns: 4, numberOfFrames: 1 };
  return { id, path: `${id}.dcm`, file: new File([], `${id}.dcm`), facts, folder: null } as OpenedFile;
}

const ids = (files: readonly OpenedFile[]): number[] => files.map(({ id }) => id);

describe("files that are opened", () => {
  it("lie in the order of their paths, whichever answers first", () => {
    const [first] = addFiles([], [opened(2), opened(1), opened(5)]);
    const [all] = addFiles(first === undefined ? [] : [first], [opened(4), opened(3)]);
    expect(ids(all?.files ?? [])).toEqual([1, 2, 3, 4, 5]);
  });

  it("come after those that are in the order of their positions", () => {
    const ordered = makeSeries("1.2|4|4|", [opened(2), opened(1)], "position");
    const [all] = addFiles([ordered], [opened(4), opened(3)]);
    expect(ids(all?.files ?? [])).toEqual([2, 1, 4, 3]);
    expect(all?.orderedBy).toBe("arrival");
  });
});
