/** Keeps the canvas's picture and the file's planes up with what the workspace shows; only the newest request counts. */
import { cutFrame } from "./bitmask.js";
import type { Drawing } from "./drawing.js";
import type { ExporterService } from "./exporter-service.js";
import { type ImageClient, ImageError } from "./image-client.js";
import type { Layer } from "./layers.js";
import { codeOf, explainCode } from "./messages.js";
import { planeColour } from "./palette.js";
import type { Picture } from "./series.js";
import type { Sheet, Viewport } from "./viewport.js";
import type { PlaneStyle, Workspace } from "./workspace.js";

export class PictureLoader {
  /** Why no picture or no planes are shown; empty when all is well. */
  note = "";
  planesNote = "";
  private readonly workspace: Workspace;
  private readonly images: ImageClient;
  private readonly service: ExporterService;
  private rendering = false;
  private wanted = false;

  constructor(workspace: Workspace, images: ImageClient, service: ExporterService) {
    this.workspace = workspace;
    this.images = images;
    this.service = service;
  }

  /** Ask for the current picture; calls while one is on its way are put together. */
  refresh(): void {
    this.wanted = true;
    if (!this.rendering) void this.renderWanted();
  }

  private async renderWanted(): Promise<void> {
    this.rendering = true;
    while (this.wanted) {
      this.wanted = false;
      const { picture, window } = this.workspace;
      if (picture === null) continue;
      try {
        const { id, file, facts } = picture.source;
        const image = await this.images.render(String(id), file, picture.frame, window);
        // Marks are set on what is seen: a picture of another size must not be seen.
        if (image.rows !== facts.rows || image.columns !== facts.columns)
          throw new ImageError("render-failed");
        this.note = "";
        this.workspace.shown = { key: picture.key, image, rgba: new Uint8ClampedArray(image.rgba) };
      } catch (error) {
        this.note = explainCode(codeOf(error));
        this.workspace.shown = null;
      }
      if (this.workspace.picture?.key === picture.key) this.workspace.changed("image");
    }
    this.rendering = false;
  }

  /** Read the planes of the shown file, once Python is there. */
  async readPlanes(): Promise<void> {
    const { workspace } = this;
    const { picture } = workspace;
    if (picture === null || workspace.planes !== null) return;
    this.planesNote =
      this.service.state.phase === "ready" ? "Reading…" : "They are read as soon as Python is ready.";
    workspace.changed("planes");
    try {
      const exporter = await this.service.get();
      if (workspace.picture?.source !== picture.source || workspace.planes !== null) return;
      const { planes } = await exporter.readOverlays(picture.source.file);
      if (workspace.picture?.source !== picture.source) return;
      workspace.planes = planes;
      this.planesNote = planes.length === 0 ? "None." : "";
    } catch (error) {
      if (workspace.picture?.source !== picture.source) return;
      workspace.planes = [];
      this.planesNote = explainCode(codeOf(error));
    }
    workspace.changed("planes");
  }
}

/** The style of the plane in `group`, made on first use. */
export function styleOf(workspace: Workspace, group: number): PlaneStyle {
  const known = workspace.planeStyles.get(group);
  if (known !== undefined) return known;
  const style = { colour: planeColour((group - 0x6000) / 2), opacity: 0.7, visible: true };
  workspace.planeStyles.set(group, style);
  return style;
}

/** Put the visible planes and layers of the shown picture on the canvas, the active layer on top. */
export function showSheets(workspace: Workspace, viewport: Viewport, drawing: Drawing): void {
  const { picture, stack } = workspace;
  if (picture === null || stack === null) {
    viewport.setSheets([]);
    return;
  }
  const active = stack.active;
  const order = [...stack.layers.filter((layer) => layer !== active), active];
  const layers = order.filter(({ visible }) => visible).map((layer) => layerSheet(layer, picture, drawing));
  viewport.setSheets([...planeSheets(workspace, picture), ...layers.filter((sheet) => sheet !== null)]);
}

function layerSheet(layer: Layer, picture: Picture, { draft }: Drawing): Sheet | null {
  const drafted = draft !== null && draft.layer === layer && draft.picture === picture.key;
  const mask = drafted ? draft.mask : layer.masks.get(picture.key);
  if (mask === undefined) return null;
  return { mask, colour: layer.colour, opacity: layer.opacity, row: 0, column: 0, draft: drafted };
}

/** Frames cut out of planes that were read, by plane, so that they are cut once. */
const cutFrames = new WeakMap<object, Map<number, ReturnType<typeof cutFrame>>>();

function planeSheets(workspace: Workspace, picture: Picture): Sheet[] {
  const sheets: Sheet[] = [];
  for (const plane of workspace.planes ?? []) {
    const { visible, colour, opacity } = styleOf(workspace, plane.group);
    // Without a number of frames one bitmap lies on every frame (CP-1974).
    const frame = plane.numberOfFrames === null ? 0 : picture.frame - ((plane.imageFrameOrigin ?? 1) - 1);
    if (!visible || frame < 0 || frame >= (plane.numberOfFrames ?? 1)) continue;
    const frames = cutFrames.get(plane) ?? new Map<number, ReturnType<typeof cutFrame>>();
    cutFrames.set(plane, frames);
    const mask = frames.get(frame) ?? cutFrame(plane.packed, frame, plane.rows, plane.columns);
    frames.set(frame, mask);
    const [row, column] = plane.origin;
    sheets.push({ mask, colour, opacity, row: row - 1, column: column - 1, draft: false });
  }
  return sheets;
}
