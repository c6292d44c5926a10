/**
 * What the user starts, one after the other: opening, masks, exports.
 *
 * A queue keeps the order: a mask chosen while files are still being opened waits for them, an export waits for both.
 */
import { byId } from "./dom.js";
import { checkResults, type ExportResult, type ExportTools, writeItems } from "./export-job.js";
import { ExportPanel, pickFolder, saveResults } from "./export-panel.js";
import { planExport } from "./export-plan.js";
import type { ExporterService } from "./exporter-service.js";
import type { ImageClient } from "./image-client.js";
import { Intake, type NamedFile } from "./intake.js";
import { importMasks } from "./mask-import.js";
import { explain, explainCode } from "./messages.js";
import { judgeCheck } from "./verify.js";
import type { Workspace } from "./workspace.js";

export class Coordinator {
  private readonly workspace: Workspace;
  private readonly images: ImageClient;
  private readonly service: ExporterService;
  private readonly intake: Intake;
  private readonly panel: ExportPanel;
  private readonly status = byId("status", HTMLElement);
  private readonly error = byId("error", HTMLElement);
  private readonly waitingMasks: File[] = [];
  private queue: Promise<void> = Promise.resolve();
  private cancelling: AbortController | null = null;

  constructor(workspace: Workspace, images: ImageClient, service: ExporterService) {
    this.workspace = workspace;
    this.images = images;
    this.service = service;
    this.intake = new Intake(images, service);
    this.panel = new ExportPanel(
      () => this.startExport(),
      () => this.cancelling?.abort(new DOMException("cancelled by the user", "AbortError")),
    );
    let shownSeries = "";
    workspace.on("series", () => {
      const { current } = workspace;
      const state = `${current?.uid} ${current?.files.length}`;
      if (current !== null && state !== shownSeries) this.panel.setFiles(current.files.length);
      shownSeries = state;
    });
  }

  announce(words: string): void {
    this.status.textContent = words;
  }

  fail(error: unknown): void {
    this.error.textContent = explain(error);
    this.announce("");
    // The words above are for the user; this is for whoever looks into it, and stays on this machine.
    console.error(error);
  }

  openFiles(files: readonly NamedFile[]): void {
    this.show(true);
    this.enqueue(async () => {
      this.announce(`Opening ${files.length === 1 ? "1 file" : `${files.length} files`}…`);
      await this.openAll(files);
    });
  }

  openSample(): void {
    this.enqueue(async () => {
      this.announce("Fetching the sample…");
      const response = await fetch(new URL("./sample.zip", document.baseURI));
      if (!response.ok) {
        this.error.textContent = explainCode("sample-missing");
        this.announce("");
        return;
      }
      this.show(true);
      await this.openAll([{ path: "sample.zip", file: new File([await response.blob()], "sample.zip") }]);
    });
  }

  bringMasks(files: readonly File[]): void {
    if (files.length === 0) return;
    this.enqueue(async () => {
      if (this.workspace.current !== null) {
        await this.placeMasks(files);
        return;
      }
      this.waitingMasks.push(...files);
      this.announce("The mask waits for its image: open that now.");
    });
  }

  private async placeMasks(files: readonly File[]): Promise<void> {
    const { current: series, picture, stack } = this.workspace;
    if (series === null || picture === null || stack === null) return;
    this.announce("Reading the mask…");
    const { words, picture: marked } = await importMasks(files, { series, picture, stack });
    if (marked !== null && !stack.layers.some(({ masks }) => masks.has(picture.key)))
      this.workspace.showKey(marked);
    this.workspace.changed("layers");
    this.announce(words);
  }

  private async openAll(files: readonly NamedFile[]): Promise<void> {
    await this.intake.open(files, ({ opened, rejected, done, total }) => {
      // Python starts now, in the background; a failure is told by the chip, and by the export that needs it.
      if (opened.length > 0) this.service.get().catch(() => undefined);
      this.workspace.take(opened, rejected);
      if (done < total) this.announce(`Opening: ${done} of ${total} files…`);
    });
    this.announceOpened();
    if (this.workspace.current !== null && this.waitingMasks.length > 0) {
      await this.placeMasks(this.waitingMasks.splice(0));
    }
  }

  private startExport(): void {
    const options = this.panel.options();
    // The folder dialog needs the click itself, so it cannot wait in the queue.
    const folder = options.sink === "folder" ? pickFolder() : Promise.resolve(null);
    this.enqueue(async () => {
      const handle = await folder;
      if (options.sink === "folder" && handle === null) return;
      const { current, picture, stack } = this.workspace;
      if (current === null || picture === null || stack === null || !stack.hasMarks()) {
        this.error.textContent = explainCode("no-marks");
        return;
      }
      const items = planExport(current, picture.source, stack.layers, options);
      if (items.length === 0 || items.every(({ planes }) => planes.length === 0)) {
        this.error.textContent = explainCode("no-marks");
        return;
      }
      const cancelling = new AbortController();
      this.cancelling = cancelling;
      this.panel.exportButton.disabled = true;
      let done = false;
      try {
        const tools = await this.startTools(cancelling.signal);
        const results = await writeItems(items, options, tools);
        this.panel.showProgress({ phase: "saving", done: 0, total: 0 });
        const saved = await saveResults(results, options.sink, handle, "overlay-export.zip");
        done = true;
        this.showOutcome(results, saved, false);
        if (options.check) await checkResults(results, tools);
        this.showOutcome(results, saved, options.check);
      } catch (error) {
        if (!cancelling.signal.aborted) throw error;
        this.announce(
          done
            ? "The check was cancelled; the files are saved."
            : "The export was cancelled and nothing saved. The originals are as they were.",
        );
      } finally {
        this.cancelling = null;
        this.panel.exportButton.disabled = false;
        this.panel.hideProgress();
      }
    });
  }

  private async startTools(signal: AbortSignal): Promise<ExportTools> {
    this.announce("Exporting…");
    this.panel.showProgress({ phase: "starting Python", done: 0, total: 0 });
    const cancelled = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    const exporter = await Promise.race([this.service.get(), cancelled]);
    return {
      exporter,
      images: this.images,
      signal,
      onProgress: (progress) => this.panel.showProgress(progress),
    };
  }

  private showOutcome(results: readonly ExportResult[], saved: number, checked: boolean): void {
    const failed = results.filter(({ outcome }) => outcome === "failed").length;
    const parts = [`${saved} of ${results.length} ${results.length === 1 ? "file" : "files"} saved.`];
    if (failed > 0) parts.push(`${failed} failed; the table says why.`);
    if (checked) parts.push(describeChecks(results));
    this.panel.showResults(results, parts.join(" "));
    this.announce(parts.join(" "));
  }

  /** Show the workspace, or go back to the start page when there is nothing to show after all. */
  private show(working: boolean): void {
    byId("workspace", HTMLElement).hidden = !working;
    document.body.classList.toggle("working", working);
  }

  private announceOpened(): void {
    this.workspace.settle();
    const { series, rejected } = this.workspace;
    const pictures = series.reduce((sum, one) => sum + one.pictures.length, 0);
    const refused = rejected.length === 0 ? "" : ` ${rejected.length} not opened; see the list.`;
    if (series.length === 0) {
      this.show(false);
      this.error.textContent = `No DICOM image was found.${rejected[0] === undefined ? "" : ` ${explainCode(rejected[0].code)}`}`;
      this.announce("");
      return;
    }
    this.announce(
      `${pictures} ${pictures === 1 ? "image" : "images"} in ${series.length} series open.${refused}`,
    );
  }

  /** Run after everything that was started before; an error ends only its own task. */
  private enqueue(task: () => Promise<void>): void {
    this.queue = this.queue.then(async () => {
      this.error.textContent = "";
      try {
        await task();
      } catch (error) {
        this.fail(error);
      }
    });
  }
}

function describeChecks(results: readonly ExportResult[]): string {
  const checked = results.filter(({ blob }) => blob !== null);
  if (checked.length === 0) return "";
  const count = { good: 0, unknown: 0, bad: 0 };
  for (const { item, verification } of checked) count[judgeCheck(item, verification)]++;
  if (count.bad > 0) return `Checked: ${count.bad} of ${checked.length} did NOT pass; do not use them.`;
  if (count.unknown === 0) return "Checked: every mask read back equal, Pixel Data equal.";
  return `Checked: every mask read back equal; Pixel Data of ${count.unknown} of ${checked.length} could not be compared.`;
}
