/** Ways in: drop anywhere, the file and folder inputs, the sample, mask files. */
import type { Coordinator } from "./coordinator.js";
import { byId } from "./dom.js";
import { filesOfDrop, filesOfList, type NamedFile } from "./intake.js";

const MASK_NAME = /\.(png|npy|nii|nii\.gz)$/i;

export function setUpOpener(coordinator: Coordinator): void {
  for (const id of ["file-input", "folder-input"]) {
    const input = byId(id, HTMLInputElement);
    input.addEventListener("change", () => {
      const files = filesOfList(input.files ?? new DataTransfer().files);
      // Choosing the same file again shall count as a choice.
      input.value = "";
      take(coordinator, files);
    });
  }
  const masks = byId("mask-input", HTMLInputElement);
  masks.addEventListener("change", () => {
    const files = [...(masks.files ?? [])];
    masks.value = "";
    coordinator.bringMasks(files);
  });
  byId("sample-button", HTMLButtonElement).addEventListener("click", () => coordinator.openSample());
  setUpDrop(coordinator);
}

/** Masks dropped with or without images go to the mask import; everything else is opened. */
function take(coordinator: Coordinator, files: readonly NamedFile[]): void {
  const masks = files.filter(({ path }) => MASK_NAME.test(path));
  const images = files.filter(({ path }) => !MASK_NAME.test(path));
  if (images.length > 0) coordinator.openFiles(images);
  if (masks.length > 0) coordinator.bringMasks(masks.map(({ file }) => file));
}

function setUpDrop(coordinator: Coordinator): void {
  const cover = byId("drop-cover", HTMLElement);
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") === true;
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    cover.hidden = false;
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) cover.hidden = true;
  });
  document.addEventListener("drop", (event) => {
    cover.hidden = true;
    if (event.dataTransfer === null || !hasFiles(event)) return;
    event.preventDefault();
    filesOfDrop(event.dataTransfer).then(
      (files) => take(coordinator, files),
      (error: unknown) => coordinator.fail(error),
    );
  });
}
