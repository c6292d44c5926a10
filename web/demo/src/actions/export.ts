/** An export from the click to the last word about it. */
import { type Signal, signal } from "@preact/signals";
import { checkResults, type ExportResult, type ExportTools, writeItems } from "../export/job.js";
import { type ExportOptions, planExport, type SinkName } from "../export/plan.js";
import { choosePlace, mayWrite, type Place, type Saved, saveResults } from "../export/save.js";
import { judgeCheck } from "../export/verify.js";
import { type Doc, type History, hasWork, type PlaneOrigin } from "../model/document.js";
import { getExporter } from "../model/exporter.js";
import { orderSeries } from "../model/order.js";
import { forgetPlanes, originOf, seriesPlanes } from "../model/planes.js";
import { announce, enqueue, fail, progress } from "../model/queue.js";
import type { OpenedFile, Picture, Series } from "../model/series.js";
import * as state from "../model/state.js";
import { explainCode } from "../words/faults.js";
import { words } from "../words/words.js";

export interface Outcome {
  readonly results: readonly ExportResult[];
  readonly summary: state.Said;
}

/** The last export, for the table and the report. */
export const outcome: Signal<Outcome | null> = signal(null);
/** A question that must be answered before the work goes on. */
export const question: Signal<{ text: string; yes: string; answer: (yes: boolean) => void } | null> =
  signal(null);
/** An export is under way: a second click shall not start a second one. */
export const exporting: Signal<boolean> = signal(false);

/** Export what is shown when the button is pressed; straight from the click, as dialogs need it. */
export async function startExport(options: ExportOptions): Promise<void> {
  if (exporting.value) return;
  exporting.value = true;
  const clicked = state.picture.value;
  try {
    const place = await choosePlace(options.sink);
    if (place === null || !(await agreedToReplace(options.sink))) return;
    await enqueue(async (signal) => {
      if (jobOf(clicked) !== null) {
        announce(() => words.value.exporting);
        progress("starting");
        // Names may count the slices.
        await orderSeries(signal);
      }
      const job = jobOf(clicked);
      if (job === null) state.errorText.value = () => explainCode("no-marks");
      else await runExport(job, options, place, signal);
    }, cancelledExport);
  } catch (error) {
    fail(error);
  } finally {
    exporting.value = false;
  }
}

/** Until the saving begins nothing has left the page; a folder keeps what was saved before. */
function cancelledExport(): state.Said {
  const wasSaving = state.job.value?.phase === "saving";
  return () => (wasSaving ? words.value.savingCancelled : words.value.exportCancelled);
}

interface ExportSubject {
  readonly series: Series;
  readonly picture: Picture;
  readonly past: History;
  readonly doc: Doc;
}

/** What is to be exported: the picture that was clicked on, or the first one when none was there yet. */
function jobOf(clicked: Picture | null): ExportSubject | null {
  const picture = clicked ?? state.picture.value;
  const series = state.seriesList.value.find(({ pictures }) =>
    pictures.some(({ key }) => key === picture?.key),
  );
  if (picture === null || series === undefined) return null;
  const past = state.historyOf(series);
  const doc = past.doc.value;
  return hasWork(doc) ? { series, picture, past, doc } : null;
}

async function agreedToReplace(sink: SinkName): Promise<boolean> {
  const series = state.current.value;
  if (sink !== "back" || series === null) return true;
  const folders = new Set(series.files.flatMap(({ folder }) => folder ?? []));
  const yes = await new Promise<boolean>((answer) => {
    question.value = {
      text: words.value.askReplace(series.files.length),
      yes: words.value.replaceThem,
      answer,
    };
  });
  question.value = null;
  return yes && (await mayWrite(folders));
}

async function runExport(
  { series, picture, past, doc }: ExportSubject,
  options: ExportOptions,
  place: Place,
  signal: AbortSignal,
): Promise<void> {
  const items = planExport(series, picture.source, doc, seriesPlanes.value.planes, options);
  if (items.every(({ planes, removed }) => planes.length + removed.length === 0)) {
    state.errorText.value = () => explainCode("no-marks");
    return;
  }
  const tools: ExportTools = { exporter: await getExporter(signal), signal, onProgress: progress("writing") };
  let results = await writeItems(items, options, tools);
  const saved = await saveResults(results, options.sink, place, signal, progress("saving"));
  showOutcome(results, saved, false);
  if (saved.failed.length === 0 && !signal.aborted) past.markSaved(doc);
  try {
    // The originals of a saving back are gone; what was written was checked while it was made.
    if (options.check && options.sink !== "back") {
      results = await checkResults(results, { ...tools, onProgress: progress("checking") });
      showOutcome(results, saved, true);
    }
    if (options.sink === "back") await adopt(past, results, tools);
  } catch (error) {
    if (!signal.aborted) throw error;
    announce(() => words.value.checkCancelled);
  }
}

/** After a saving back the files are others: they are opened anew, and each layer belongs to its plane in them. */
async function adopt(
  past: History,
  results: readonly ExportResult[],
  { exporter, signal }: ExportTools,
): Promise<void> {
  const written = results.filter(({ outcome: how }) => how === "written").map(({ item }) => item.source);
  for (const source of written) await reopen(source);
  const read = await Promise.all(written.map(({ file }) => exporter.readOverlays(file, { signal })));
  const origins = new Map<number, PlaneOrigin>();
  for (const layer of past.doc.value.layers) {
    const files = new Map(
      written.flatMap(({ id }, k) => {
        const plane = read[k]?.planes.find(({ label }) => (label ?? "") === layer.name.trim());
        return plane === undefined ? [] : [[id, plane] as const];
      }),
    );
    const [first] = files.values();
    if (first === undefined || layer.origin !== null) continue;
    const plane = { key: `label ${layer.name.trim()}`, label: layer.name, groups: [], files, first };
    origins.set(layer.id, originOf(plane, layer.name));
  }
  past.markSaved(past.doc.value);
  past.rewrite((doc) => ({
    ...doc,
    removed: new Set(),
    layers: doc.layers.map((layer) => ({ ...layer, origin: origins.get(layer.id) ?? layer.origin })),
  }));
  forgetPlanes(written);
}

async function reopen(source: OpenedFile): Promise<void> {
  const handle = await source.folder?.getFileHandle(source.file.name);
  if (handle !== undefined) source.file = await handle.getFile();
}

function showOutcome(results: readonly ExportResult[], saved: Saved, checked: boolean): void {
  const summary = (): string => summaryOf(results, saved, checked);
  outcome.value = { results, summary };
  announce(summary);
}

function summaryOf(results: readonly ExportResult[], saved: Saved, checked: boolean): string {
  const w = words.value;
  const failed = results.filter(({ outcome: how }) => how === "failed").length;
  const parts = [
    saved.handedOver ? w.handedOver(saved.files, results.length) : w.saved(saved.files, results.length),
  ];
  if (failed > 0) parts.push(w.someFailed(failed));
  if (saved.failed.length > 0) {
    parts.push(w.notArrived(saved.failed.map(({ name }) => name)));
    parts.push(explainCode(saved.failed[0]?.code ?? ""));
  }
  if (checked) parts.push(describeChecks(results));
  return parts.join(" ");
}

function describeChecks(results: readonly ExportResult[]): string {
  const w = words.value;
  const checked = results.filter(({ blob }) => blob !== null);
  const count = { good: 0, unknown: 0, bad: 0 };
  for (const { item, verification } of checked) count[judgeCheck(item, verification)]++;
  if (count.bad > 0) return w.checkedBad(count.bad, checked.length);
  return count.unknown === 0 ? w.checkedGood : w.checkedUnknown(count.unknown, checked.length);
}
