/** An export from the click to its final report. */
import { type Signal, signal } from "@preact/signals";
import { adoptSaved, reopen } from "../export/adopt.js";
import { checkResults, type ExportResult, type ExportTools, writeItems } from "../export/job.js";
import { type ExportOptions, planExport } from "../export/plan.js";
import { choosePlace, mayWrite, type Place, saveResults } from "../export/save.js";
import { keepBadBack, savedWork } from "../export/settle.js";
import { summarize } from "../export/summary.js";
import { settleClaims } from "../model/claims.js";
import { type Doc, type History, hasWork } from "../model/document.js";
import { getExporter } from "../model/exporter.js";
import { orderSeries } from "../model/order.js";
import { forgetPlanes } from "../model/planes.js";
import { ask } from "../model/question.js";
import { announce, enqueue, fail, progress } from "../model/queue.js";
import type { Picture, Series } from "../model/series.js";
import * as state from "../model/state.js";
import { explainCode } from "../words/faults.js";
import { words } from "../words/words.js";
import { makeCaptures } from "./capture.js";

export interface Outcome {
  readonly results: readonly ExportResult[];
  readonly summary: state.Said;
}

/** The last export, for the table and the report. */
export const outcome: Signal<Outcome | null> = signal(null);
/** An export is running: a second click must not start another. */
export const exporting: Signal<boolean> = signal(false);

/** Export what is shown when the button is pressed, directly from the click: browsers open dialogs only then. */
export async function startExport(options: ExportOptions): Promise<void> {
  if (exporting.value) return;
  exporting.value = true;
  const clicked = state.picture.value;
  try {
    const place = await choosePlace(options.sink);
    // A browser that is refused leave to write tells it as a dialog that was closed.
    if (place === null || !(await agreedToReplace(options))) {
      announce(() => words.value.exportCancelled);
      return;
    }
    await enqueue(
      async (signal) => {
        if (jobOf(clicked, options) !== null) {
          announce(() => words.value.exporting);
          progress("starting");
          // Names may contain the number of the slice.
          await orderSeries(signal);
        }
        const job = jobOf(clicked, options);
        if (job === null) refuse("no-marks");
        else if (await settleClaims(job.series, job.past, signal))
          await runExport(job, options, place, signal);
        else refuse("planes-moved");
      },
      () => () => words.value.exportCancelled,
    );
  } catch (error) {
    fail(error);
  } finally {
    exporting.value = false;
  }
}

/** Nothing is exported; the code says why. */
function refuse(code: string): void {
  state.errorText.value = () => explainCode(code);
  announce(state.NOTHING_SAID);
}

interface ExportSubject {
  readonly series: Series;
  readonly picture: Picture;
  readonly past: History;
  readonly doc: Doc;
}

/** What is to be exported: the picture that was clicked on, or the first one when none was there yet. */
function jobOf(clicked: Picture | null, { form }: ExportOptions): ExportSubject | null {
  const picture = clicked ?? state.picture.value;
  const series = state.seriesList.value.find(({ pictures }) =>
    pictures.some(({ key }) => key === picture?.key),
  );
  if (picture === null || series === undefined) return null;
  const past = state.historyOf(series);
  const doc = past.doc.value;
  // A picture may also show planes that the files have.
  return form === "capture" || hasWork(doc) ? { series, picture, past, doc } : null;
}

async function agreedToReplace({ sink, scope }: ExportOptions): Promise<boolean> {
  const series = state.current.value;
  if (sink !== "back" || series === null) return true;
  const folders = new Set(series.files.flatMap(({ folder }) => folder ?? []));
  const yes = await ask({
    title: () => words.value.export,
    text: () => words.value.askReplace(scope === "image" ? 1 : series.files.length),
    yes: () => words.value.replaceThem,
  });
  if (!yes) return false;
  const may = await mayWrite(folders);
  if (!may) refuse("no-permission");
  return may;
}

/** Pictures are a copy: what is marked in them is saved only once it is in planes. */
async function exportCaptures(
  { series, picture, past, doc }: ExportSubject,
  options: ExportOptions,
  place: Place,
  tools: ExportTools,
): Promise<void> {
  const made = await makeCaptures(series, picture.source, doc, options, tools);
  if (made.length === 0) {
    refuse("no-marks");
    return;
  }
  const saving = { signal: tools.signal, onProgress: progress("saving") };
  const { results, handedOver } = await saveResults(made, options.sink, place, saving);
  show(past, results, { handedOver, note: () => words.value.onlyPictures });
}

async function runExport(
  subject: ExportSubject,
  options: ExportOptions,
  place: Place,
  signal: AbortSignal,
): Promise<void> {
  const { series, picture, doc } = subject;
  if (options.form === "capture") {
    const exporter = await getExporter(signal);
    await exportCaptures(subject, options, place, { exporter, signal, onProgress: progress("writing") });
    return;
  }
  const items = planExport(series, picture.source, doc, options);
  if (items.every(({ planes, removed }) => planes.length + removed.length === 0)) {
    refuse("no-marks");
    return;
  }
  const tools: ExportTools = { exporter: await getExporter(signal), signal, onProgress: progress("writing") };
  const written = await writeItems(items, options, tools);
  if (options.sink === "back") await saveBack(subject, written, options, tools);
  else await saveElsewhere(subject, written, options, place, tools);
}

/** The originals go, so the results are checked first, and a bad one does not take its original's place. */
async function saveBack(
  { series, past, doc }: ExportSubject,
  written: readonly ExportResult[],
  options: ExportOptions,
  tools: ExportTools,
): Promise<void> {
  const checked = options.check
    ? await checkResults(written, { ...tools, onProgress: progress("checking") })
    : written;
  const { signal } = tools;
  signal.throwIfAborted();
  const nowhere = { folder: null, file: null };
  const saving = { signal, onProgress: progress("saving") };
  const { results } = await saveResults(keepBadBack(checked), "back", nowhere, saving);
  const sources = results.filter(({ saved }) => saved).map(({ item }) => item.source);
  past.markSaved(savedWork(doc, series, results));
  past.rewrite((one) => adoptSaved(one, results));
  for (const source of sources) await reopen(source);
  forgetPlanes(sources);
  show(past, results, { handedOver: false, note: state.NOTHING_SAID });
}

async function saveElsewhere(
  { series, past, doc }: ExportSubject,
  written: readonly ExportResult[],
  { sink, check }: ExportOptions,
  place: Place,
  tools: ExportTools,
): Promise<void> {
  const { signal } = tools;
  const saving = { signal, onProgress: progress("saving") };
  const { results, handedOver } = await saveResults(written, sink, place, saving);
  const mayCheck = check && !signal.aborted;
  const checked = mayCheck
    ? await checkResults(results, { ...tools, onProgress: progress("checking") })
    : results;
  // Files whose check was cancelled are saved all the same.
  const note = mayCheck && signal.aborted ? () => words.value.checkCancelled : state.NOTHING_SAID;
  past.markSaved(savedWork(doc, series, checked));
  show(past, checked, { handedOver, note });
}

function show(
  past: History,
  results: readonly ExportResult[],
  { handedOver, note }: { handedOver: boolean; note: state.Said },
): void {
  const unsaved = past.unsaved.value;
  const summary = (): string => `${summarize(results, handedOver, unsaved)} ${note()}`.trim();
  outcome.value = { results, summary };
  announce(summary);
}
