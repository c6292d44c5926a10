/** Slice slider, window numbers and zoom buttons around the canvas. */
import { byId } from "./dom.js";
import type { PictureLoader } from "./picture-loader.js";
import type { Viewport } from "./viewport.js";
import type { Workspace } from "./workspace.js";

/** Set the controls up; gives back what a drag on the canvas does to the window. */
export function setUpViewControls(
  workspace: Workspace,
  viewport: Viewport,
  loader: PictureLoader,
): { readonly dragWindow: (dx: number, dy: number) => void } {
  setUpSlices(workspace);
  setUpZoom(viewport);
  setUpPicture(workspace, viewport, loader);
  return setUpWindow(workspace, loader);
}

function setUpSlices(workspace: Workspace): void {
  const slider = byId("slice", HTMLInputElement);
  const text = byId("slice-text", HTMLOutputElement);
  const go = (index: number): void => workspace.showPicture(index);
  slider.addEventListener("input", () => go(slider.valueAsNumber - 1));
  byId("previous", HTMLButtonElement).addEventListener("click", () => go(workspace.index - 1));
  byId("next", HTMLButtonElement).addEventListener("click", () => go(workspace.index + 1));
  const draw = (): void => {
    const total = workspace.current?.pictures.length ?? 1;
    slider.max = String(total);
    slider.value = String(workspace.index + 1);
    slider.setAttribute("aria-valuetext", `Image ${workspace.index + 1} of ${total}`);
    text.value = `${workspace.index + 1} / ${total}`;
  };
  workspace.on("picture", draw);
  workspace.on("series", draw);
}

function setUpZoom(viewport: Viewport): void {
  byId("zoom-in", HTMLButtonElement).addEventListener("click", () => viewport.zoomBy(1.25));
  byId("zoom-out", HTMLButtonElement).addEventListener("click", () => viewport.zoomBy(0.8));
  byId("zoom-fit", HTMLButtonElement).addEventListener("click", () => viewport.fit());
  const text = byId("zoom-text", HTMLOutputElement);
  viewport.onZoom = (percent) => {
    text.value = `${percent} %`;
  };
}

function setUpPicture(workspace: Workspace, viewport: Viewport, loader: PictureLoader): void {
  const note = byId("picture-note", HTMLElement);
  workspace.on("image", () => {
    const { shown, picture } = workspace;
    note.textContent = loader.note;
    if (!workspace.pictureIsSeen) return;
    const { columns, rows, pixelAspect } = picture?.source.facts ?? { columns: 1, rows: 1, pixelAspect: 1 };
    viewport.setPicture(shown?.rgba ?? null, columns, rows, pixelAspect);
  });
}

function setUpWindow(
  workspace: Workspace,
  loader: PictureLoader,
): { readonly dragWindow: (dx: number, dy: number) => void } {
  const width = byId("window-width", HTMLInputElement);
  const level = byId("window-level", HTMLInputElement);
  const reset = byId("window-reset", HTMLButtonElement);
  const set = (next: { width: number; level: number } | null): void => {
    workspace.window = next;
    loader.refresh();
  };
  const fromInputs = (): void => {
    if (width.valueAsNumber >= 1 && Number.isFinite(level.valueAsNumber)) {
      set({ width: width.valueAsNumber, level: level.valueAsNumber });
    }
  };
  width.addEventListener("change", fromInputs);
  level.addEventListener("change", fromInputs);
  reset.addEventListener("click", () => set(null));
  workspace.on("image", () => {
    const used = workspace.shown?.image.window ?? null;
    for (const control of [width, level, reset]) control.disabled = used === null;
    if (used === null) return;
    if (document.activeElement !== width) width.value = String(round(used.width));
    if (document.activeElement !== level) level.value = String(round(used.level));
  });
  return {
    dragWindow: (dx, dy) => {
      const used = workspace.window ?? workspace.shown?.image.window ?? null;
      if (used === null) return;
      // A drag across the picture shall cover the range, whatever its units.
      const pace = Math.max(used.width, 10) / 300;
      set({ width: Math.max(1, used.width + dx * pace), level: used.level - dy * pace });
    },
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
