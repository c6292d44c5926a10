/** What the user starts: opening files, loading the sample, importing masks. */

import { download, safeName, toZipBlob } from "dicom-overlay";
import { niftiOf } from "../export/nifti.js";
import { bringMasks } from "../masks/bring.js";
import { getExporter } from "../model/exporter.js";
import { orderSeries } from "../model/order.js";
import { forgetPlanes } from "../model/planes.js";
import { announce, enqueue, fail, progress } from "../model/queue.js";
import type { OpenedFile } from "../model/series.js";
import * as state from "../model/state.js";
import { titleOf } from "../model/title.js";
import type { LostFile, NamedFile } from "../open/drop.js";
import { openFiles } from "../open/intake.js";
import { viewport } from "../view/canvas.js";
import { forgetPictures } from "../view/pictures.js";
import { explainCode } from "../words/faults.js";
import { words } from "../words/words.js";

const waitingMasks: File[] = [];
/** Open files; those that could not be read are listed. */
export function open(files: readonly NamedFile[], lost: readonly LostFile[] = []): void {
  state.working.value = true;
  state.takeFiles([], lost);
  enqueue((signal) => openAll(files, signal));
}

export function openSample(): void {
  enqueue(async (signal) => {
    progress("opening");
    announce(() => words.value.fetchingSample);
    const response = await fetch(new URL("./sample.zip", document.baseURI), { signal });
    if (!response.ok) {
      state.errorText.value = () => explainCode("sample-missing");
      announce(state.NOTHING_SAID);
      return;
    }
    state.working.value = true;
    const file = new File([await response.blob()], "sample.zip");
    await openAll([{ path: "sample.zip", file, folder: null }], signal);
  });
}

async function openAll(files: readonly NamedFile[], signal: AbortSignal): Promise<void> {
  const tell = progress("opening");
  announce(() => words.value.opening);
  state.beginOpening();
  const again: OpenedFile[] = [];
  try {
    await openFiles(files, signal, ({ opened, rejected, done, total }) => {
      again.push(...state.takeFiles(opened, rejected));
      // Python starts now, in the background; the chip reports a failure, and so does the export that needs it.
      if (opened.length > 0) getExporter().catch(() => undefined);
      tell(done, total);
    });
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    state.opening.value = false;
    forgetPlanes(again);
    forgetPictures(again);
    announceOpened(signal.aborted);
  }
  const opened = state.status.value;
  if (signal.aborted) announce(() => `${words.value.cancelled} ${opened()}`);
  if (state.current.value !== null && waitingMasks.length > 0)
    await placeMasks(waitingMasks.splice(0), signal);
}

function announceOpened(cancelled: boolean): void {
  state.settle();
  // Without Python the files stay as they came.
  orderSeries().catch(() => undefined);
  const list = state.seriesList.value;
  const refused = state.rejected.value;
  if (list.length === 0) {
    state.working.value = false;
    const [first] = refused;
    const why = (): string => (first === undefined ? "" : ` ${explainCode(first.code)}`);
    if (!cancelled) state.errorText.value = () => words.value.noImageFound + why();
    announce(state.NOTHING_SAID);
    return;
  }
  const pictures = list.reduce((sum, one) => sum + one.pictures.length, 0);
  const shown = state.current.value;
  announce(() => {
    const { opened, shownNow } = words.value;
    const which = shown === null || list.length < 2 ? "" : ` ${shownNow(titleOf(shown))}`;
    return opened(pictures, list.length, refused.length) + which;
  });
}

/** Save what is seen, with its layers, for people whose viewer draws no planes. */
export async function savePicture(): Promise<void> {
  // The canvas may still show the picture before, under the marks of this one.
  if (!state.pictureIsSeen.value) return;
  const name = state.picture.value?.source.file.name.replace(/\.\w+$/, "") ?? "image";
  try {
    const png = await viewport?.snapshot();
    if (png) download(png, `${name}-overlay.png`);
  } catch (error) {
    fail(error);
  }
}

/** Save the layers of the series that is shown now as NIfTI label maps, in its place. */
export function saveNifti(): void {
  const clicked = state.current.value?.uid;
  enqueue(async (signal) => {
    await orderSeries(signal);
    const series = state.seriesList.value.find(({ uid }) => uid === clicked);
    if (series === undefined) return;
    const past = state.historyOf(series);
    const stem = series.files[0]?.file.name.replace(/\.\w+$/, "") ?? "series";
    const files = await Promise.all(
      niftiOf(series, past.doc.value.layers).map(async ({ layers, bytes }, k, all) => {
        const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
        const blob = await new Response(packed).blob();
        const own = all.length === 1 ? "labels" : `${k + 1} ${layers[0] ?? ""}`.trim();
        return { name: `${stem}-overlay-${safeName(own)}.nii.gz`, blob, layers };
      }),
    );
    const [only] = files;
    if (files.length === 1 && only !== undefined) download(only.blob, only.name);
    else download(await toZipBlob(files, { signal }), `${stem}-overlay-nifti.zip`);
    announce(() => words.value.savedNifti(files.map(({ layers }) => layers)));
  });
}

export function bring(files: readonly File[]): void {
  if (files.length === 0) return;
  enqueue(async (signal) => {
    if (state.current.value !== null) {
      await placeMasks(files, signal);
      return;
    }
    waitingMasks.push(...files);
    announce(() => words.value.maskWaits);
  });
}

async function placeMasks(files: readonly File[], signal: AbortSignal): Promise<void> {
  const tell = progress("masks");
  announce(() => words.value.readingMask);
  const seen = state.picture.value?.key;
  const report = await bringMasks(files, signal, (share) => tell(Math.round(share * 100), 100));
  if (report === null) return;
  const layers = state.history.value?.doc.value.layers ?? [];
  const hereToo = seen !== undefined && layers.some(({ masks }) => masks.has(seen));
  if (!hereToo && report.picture !== null) state.showKey(report.picture);
  announce(report.said);
}
