/** Pictures of a file that was opened again: it may have changed, and marks are set on what is seen. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { opened } from "./opened.js";

const asked: string[] = [];
const worker = {
  ask: async ({ key }: { readonly key: string }) => {
    asked.push(key);
    return { rows: 4, columns: 5, values: new Uint8Array(20), rgba: null };
  },
};

vi.mock("../src/image/workers.js", () => ({ patientWorker: worker, pictureWorkers: [] }));

afterEach(() => vi.unstubAllGlobals());

describe("the pictures of a file that was opened again", () => {
  it("are decoded from what it is now", async () => {
    vi.stubGlobal("location", new URL("http://localhost/"));
    const { forgetPictures, loadThumbnail } = await import("../src/view/pictures.js");
    const source = opened("a", {});
    const picture = { key: `${source.id}#0`, source, frame: 0 };
    await loadThumbnail(picture);
    await loadThumbnail(picture);
    expect(asked).toHaveLength(1);
    source.file = new File(["other"], "a", { lastModified: 1 });
    forgetPictures([source]);
    await loadThumbnail(picture);
    expect(new Set(asked).size).toBe(2);
  });

  it("are not those that were being decoded as it was opened again", async () => {
    vi.stubGlobal("location", new URL("http://localhost/"));
    const { forgetPictures, loadThumbnail } = await import("../src/view/pictures.js");
    const source = opened("bb", {});
    const picture = { key: `${source.id}#0`, source, frame: 0 };
    const loading = loadThumbnail(picture);
    source.file = new File(["other"], "bb", { lastModified: 1 });
    forgetPictures([source]);
    await loading;
    expect(asked.at(-1)).toBe(`${source.id} 1 5`);
  });
});
