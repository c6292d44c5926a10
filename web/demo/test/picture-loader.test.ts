import { expect, it } from "vitest";
import type { ExporterService } from "../src/exporter-service.js";
import type { ImageClient } from "../src/image-client.js";
import { PictureLoader } from "../src/picture-loader.js";
import { Workspace } from "../src/workspace.js";
import { opened } from "./opened.js";

it.each([
  [4, 5, true],
  [6, 5, false],
  [4, 6, false],
])("shows a picture of %i rows and %i columns for an image of 4 and 5: %s", async (rows, columns, seen) => {
  const workspace = new Workspace();
  const images = {
    render: () => Promise.resolve({ rows, columns, rgba: new ArrayBuffer(rows * columns * 4), window: null }),
  } as unknown as ImageClient;
  const loader = new PictureLoader(workspace, images, {} as ExporterService);
  workspace.take([opened("a.dcm", {})], []);
  const drawn = new Promise<void>((resolve) => workspace.on("image", resolve));
  loader.refresh();
  await drawn;

  expect(workspace.shown !== null).toBe(seen);
  expect(loader.note).toMatch(seen ? /^$/ : /cannot be shown/);
});
