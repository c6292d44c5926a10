/**
 * What the user starts, one after the other: opening, masks, exports.
 *
 * A queue keeps the order: a mask chosen while files are still being opened waits for them, an export waits for both.
 * Whatever runs can be cancelled, in every phase.
 */
import { type Signal, signal } from "@preact/signals";
import { checkResults, type ExportResult, type ExportTools, writeItems } from "../export/job.js";
import { type ExportOptions, planExport, type SinkName } from "../export/plan.js";
import { choosePlace, mayWrite, type Place, type Saved, saveResults } from "../export/save.js";
import { getExporter } from "../export/service.js";
import { judgeCheck } from "../export/verify.js";
import { type Doc, type History, hasWork, type PlaneOrigin } from "../mark/document.js";
import { bringMasks } from "../masks/bring.js";
import type { NamedFile } from "../open/drop.js";
import { openFiles } from "../open/intake.js";
import { forgetPlanes, originOf, seriesPlanes } from "../open/planes.js";
import type { OpenedFile, Picture, Series } from "../open/series.js";
import { explain, explainCode } from "./faults.js";
import * as state from "./state.js";
import { words } from "./words.js";

export interface Outcome {
  readonly results: readonly ExportResult[];
  readonly summary: string;
  readonly archive: boolean;
}

/** The last export, for the table and the report. */
export const outcome: Signal<Outcome | null> = signal(null);
/** A question that must be answered before the work goes on. */
export const question: Signal<{ text: string; yes: string; answer: (yes: boolean) => void } | null> =
  signal(null);
/** An export is under way: a second click shall not start a second one. */
export const exporting: Signal<boolean> = signal(false);

const waitingMasks: File[] = [];
let queue: Promise<void> = Promise.resolve();
let running: AbortController | null = null;

export function announce(text: string): void {
  state.status.value = text;
}

export function fail(error: unknown): void {
  state.errorText.value = explain(error);
  announce("");
  // The words above are for the user; this is for whoever looks into it, and stays on this machine.
  console.error(error);
}

/** Cancel what runs now. */
export function cancel(): void {
  running?.abort(new DOMException("cancelled by the user", "AbortError"));
}

/** Run after everything that was started before; an error ends only its own task. */
function enqueue(
  task: (signal: AbortSignal) => Promise<void>,
  cancelled: () => string = () => words.value.cancelled,
): Promise<void> {
  queue = queue.then(async () => {
    state.errorText.value = "";
    const controller = new AbortController();
    running = controller;
    try {
      await task(controller.signal);
    } catch (error) {
      if (controller.signal.aborted) announce(cancelled());
      else fail(error);
    } finally {
      running = null;
      state.job.value = null;
    }
  });
  return queue;
}

function progress(phase: state.Job["phase"]): (done: number, total: number) => void {
  state.job.value = { phase, done: 0, total: 0 };
  return (done, total) => {
    state.job.value = { phase, done, total };
  };
}

export function open(files: readonly NamedFile[]): void {
  state.working.value = true;
  enqueue((signal) => openAll(files, signal));
}

export function openSample(): void {
  enqueue(async (signal) => {
    progress("opening");
    announce(words.value.fetchingSample);
    const response = await fetch(new URL("./sample.zip", document.baseURI), { signal });
    if (!response.ok) {
      state.errorText.value = explainCode("sample-missing");
      announce("");
      return;
    }
    state.working.value = true;
    const file = new File([await response.blob()], "sample.zip");
    await openAll([{ path: "sample.zip", file, folder: null }], signal);
  });
}

async function openAll(files: readonly NamedFile[], signal: AbortSignal): Promise<void> {
  const tell = progress("opening");
  announce(words.value.opening);
  try {
    await openFiles(files, signal, ({ opened, rejected, done, total }) => {
      // Python starts now, in the background; a failure is told by the chip, and by the export that needs it.
      if (opened.length > 0) getExporter().catch(() => undefined);
      state.takeFiles(opened, rejected);
      tell(done, total);
    });
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    announceOpened(signal.aborted);
  }
  if (signal.aborted) announce(`${words.value.cancelled} ${state.status.value}`);
  if (state.current.value !== null && waitingMasks.length > 0)
    await placeMasks(waitingMasks.splice(0), signal);
}

function announceOpened(cancelled: boolean): void {
  state.settle();
  const list = state.seriesList.value;
  const refused = state.rejected.value;
  if (list.length === 0) {
    state.working.value = false;
    state.errorText.value = cancelled
      ? ""
      : `${words.value.noImageFound}${refused[0] === undefined ? "" : ` ${explainCode(refused[0].code)}`}`;
    announce("");
    return;
  }
  const pictures = list.reduce((sum, one) => sum + one.pictures.length, 0);
  announce(words.value.opened(pictures, list.length, refused.length));
}

export function bring(files: readonly File[]): void {
  if (files.length === 0) return;
  enqueue(async (signal) => {
    if (state.current.value !== null) {
      await placeMasks(files, signal);
      return;
    }
    waitingMasks.push(...files);
    announce(words.value.maskWaits);
  });
}

async function placeMasks(files: readonly File[], signal: AbortSignal): Promise<void> {
  const tell = progress("masks");
  announce(words.value.readingMask);
  const seen = state.picture.value?.key;
  const report = await bringMasks(files, signal, (share) => tell(Math.round(share * 100), 100));
  if (report === null) return;
  const layers = state.history.value?.doc.value.layers ?? [];
  const hereToo = seen !== undefined && layers.some(({ masks }) => masks.has(seen));
  if (!hereToo && report.picture !== null) state.showKey(report.picture);
  announce(report.text);
}

/** Export what is shown when the button is pressed; straight from the click, as dialogs need it. */
export async function startExport(options: ExportOptions): Promise<void> {
  if (exporting.value) return;
  exporting.value = true;
  const clicked = state.picture.value;
  try {
    const place = await choosePlace(options.sink);
    if (place === null || !(await agreedToReplace(options.sink))) return;
    await enqueue(async (signal) => {
      const job = jobOf(clicked);
      if (job === null) {
        state.errorText.value = explainCode("no-marks");
        return;
      }
      await runExport(job, options, place, signal);
    }, cancelledExport);
  } catch (error) {
    fail(error);
  } finally {
    exporting.value = false;
  }
}

/** Until the saving begins nothing has left the page; a folder keeps what was saved before. */
function cancelledExport(): string {
  const w = words.value;
  return state.job.value?.phase === "saving" ? w.savingCancelled : w.exportCancelled;
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
    state.errorText.value = explainCode("no-marks");
    return;
  }
  announce(words.value.exporting);
  progress("starting");
  const tools: ExportTools = { exporter: await getExporter(signal), signal, onProgress: progress("writing") };
  let results = await writeItems(items, options, tools);
  const saved = await saveResults(results, options.sink, place, signal, progress("saving"));
  showOutcome(results, saved, options, false);
  if (saved.failed.length === 0 && !signal.aborted) past.markSaved(doc);
  try {
    // The originals of a saving back are gone; what was written was checked while it was made.
    if (options.check && options.sink !== "back") {
      results = await checkResults(results, { ...tools, onProgress: progress("checking") });
      showOutcome(results, saved, options, true);
    }
    if (options.sink === "back") await adopt(past, results, tools);
  } catch (error) {
    if (!signal.aborted) throw error;
    announce(words.value.checkCancelled);
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

function showOutcome(
  results: readonly ExportResult[],
  saved: Saved,
  { sink }: ExportOptions,
  checked: boolean,
): void {
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
  outcome.value = { results, summary: parts.join(" "), archive: sink === "archive" };
  announce(parts.join(" "));
}

function describeChecks(results: readonly ExportResult[]): string {
  const w = words.value;
  const checked = results.filter(({ blob }) => blob !== null);
  const count = { good: 0, unknown: 0, bad: 0 };
  for (const { item, verification } of checked) count[judgeCheck(item, verification)]++;
  if (count.bad > 0) return w.checkedBad(count.bad, checked.length);
  return count.unknown === 0 ? w.checkedGood : w.checkedUnknown(count.unknown, checked.length);
}
