/** The export form: options, progress, cancel; and the results below the image. */
import { download, downloadAll, toDirectory, toZip } from "dicom-overlay";
import { byId, make, makeButton } from "./dom.js";
import type { ExportProgress, ExportResult } from "./export-job.js";
import { DEFAULT_PATTERN } from "./export-names.js";
import type { ExportOptions } from "./export-plan.js";
import { reportCsv, reportRow } from "./report.js";
import { judgeCheck } from "./verify.js";

/** Rows shown of a long export; the CSV holds all. */
const ROWS_SHOWN = 100;

type FolderHandle = Parameters<typeof toDirectory>[0];
type FolderPicker = (options: { mode: "readwrite" }) => Promise<FolderHandle>;

interface Choice {
  readonly value: string;
  readonly label: string;
}

export class ExportPanel {
  readonly exportButton: HTMLButtonElement;
  readonly cancelButton: HTMLButtonElement;
  private readonly form = byId("export-form", HTMLFormElement);
  private readonly bar = make("progress", { aria: { label: "Export" } });
  private readonly barText = make("output", { class: "note", data: { testid: "export-phase" } });
  private readonly progress: HTMLElement;
  private results: readonly ExportResult[] = [];
  /** Waits for the next frame; null when nothing is to be drawn. */
  private latest: ExportProgress | null = null;

  constructor(onExport: () => void, onCancel: () => void) {
    this.exportButton = make("button", { class: "primary", data: { testid: "export-button" } }, "Export");
    this.exportButton.type = "submit";
    this.exportButton.id = "export-button";
    this.cancelButton = makeButton("Cancel", onCancel, { data: { testid: "cancel-button" } });
    this.progress = make("div", { class: "progress idle" }, this.bar, this.barText, this.cancelButton);
    this.form.append(
      radios("scope", "What", [
        { value: "image", label: "This image" },
        { value: "series", label: "The whole series" },
      ]),
      radios("instance", "Identity", [
        { value: "keep", label: "Keep: same image, one more plane" },
        { value: "derived", label: "Derive: a new image in a new series that names its source" },
      ]),
      patternField(),
      select("sink", "Save as", sinks()),
      select("unmarked", "Images without marks", [
        { value: "empty", label: "get an empty plane" },
        { value: "unchanged", label: "are copied unchanged" },
        { value: "omit", label: "are left out" },
      ]),
      checkbox("check", "Check every file after the export"),
      make("div", { class: "row" }, this.exportButton),
      this.progress,
    );
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      onExport();
    });
    byId("report-button", HTMLButtonElement).addEventListener("click", () => {
      // The mark at the start makes spreadsheets read UTF-8.
      download(
        new Blob(["\ufeff", reportCsv(this.results)], { type: "text/csv" }),
        "overlay-export-report.csv",
      );
    });
  }

  options(): ExportOptions {
    const data = new FormData(this.form);
    const pick = <T extends string>(name: string, allowed: readonly T[]): T =>
      allowed.find((value) => value === data.get(name)) ?? (allowed[0] as T);
    return {
      scope: pick("scope", ["image", "series"]),
      instance: pick("instance", ["keep", "derived"]),
      unmarked: pick("unmarked", ["empty", "unchanged", "omit"]),
      pattern: String(data.get("pattern") ?? ""),
      sink: pick("sink", ["zip", "folder", "files"]),
      check: data.get("check") !== null,
    };
  }

  /** A series of several files is exported whole unless the user says otherwise; a single file has no choice. */
  setFiles(count: number): void {
    const whole = this.radio("series");
    whole.disabled = count < 2;
    (count < 2 ? this.radio("image") : whole).checked = true;
  }

  /** Show how far it is, at most once a frame: 500 files must not mean 500 layouts. */
  showProgress(progress: ExportProgress): void {
    if (this.latest === null) requestAnimationFrame(() => this.drawProgress());
    this.latest = progress;
  }

  private drawProgress(): void {
    if (this.latest === null) return;
    const { phase, done, total } = this.latest;
    this.latest = null;
    this.progress.classList.remove("idle");
    if (total === 0) this.bar.removeAttribute("value");
    else this.bar.value = done;
    this.bar.max = Math.max(1, total);
    this.barText.value = total === 0 ? `${phase}…` : `${phase}: ${done} of ${total}`;
  }

  hideProgress(): void {
    this.latest = null;
    this.progress.classList.add("idle");
  }

  showResults(results: readonly ExportResult[], summary: string): void {
    this.results = results;
    byId("results", HTMLElement).hidden = false;
    byId("results-summary", HTMLElement).textContent = summary;
    const rows = results.slice(0, ROWS_SHOWN).map((result) => {
      const { file, savedAs, outcome, planes, masks, pixels, rest } = reportRow(result);
      const cells = [savedAs, outcome, planes, masks, pixels, rest].map((text) => make("td", {}, text));
      const head = make("th", {}, file);
      head.scope = "row";
      const { item, verification } = result;
      const bad =
        result.outcome === "failed" || (verification !== null && judgeCheck(item, verification) === "bad");
      return make("tr", bad ? { class: "bad" } : {}, head, ...cells);
    });
    if (results.length > ROWS_SHOWN) {
      const more = make("td", {}, `${results.length - ROWS_SHOWN} more rows: save the report.`);
      more.colSpan = 7;
      rows.push(make("tr", {}, more));
    }
    byId("results-body", HTMLTableSectionElement).replaceChildren(...rows);
  }

  private radio(value: string): HTMLInputElement {
    return byId(`scope-${value}`, HTMLInputElement);
  }
}

/** Ask for a folder; must be called straight from the click. Null when the user closes the dialog. */
export async function pickFolder(): Promise<FolderHandle | null> {
  const picker = folderPicker();
  if (picker === null) return null;
  try {
    return await picker({ mode: "readwrite" });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return null;
    throw error;
  }
}

/** Save what was written; the number of files. */
export async function saveResults(
  results: readonly ExportResult[],
  sink: "folder" | "zip" | "files",
  folder: FolderHandle | null,
  archiveName: string,
): Promise<number> {
  const named = results.flatMap(({ item, blob }) => (blob === null ? [] : [{ name: item.name, blob }]));
  if (sink === "folder" && folder !== null) {
    const saved = await toDirectory(folder, named, { existing: "rename" });
    return saved.filter(({ outcome }) => outcome === "saved").length;
  }
  const [only] = named;
  if (only === undefined) return 0;
  if (named.length === 1 || sink === "files") {
    const offered = await downloadAll(named);
    return offered.filter(({ outcome }) => outcome === "offered").length;
  }
  const zip = await new Response(toZip(named)).blob();
  download(new Blob([zip], { type: "application/zip" }), archiveName);
  return named.length;
}

function folderPicker(): FolderPicker | null {
  const { showDirectoryPicker } = globalThis as { showDirectoryPicker?: FolderPicker };
  return showDirectoryPicker === undefined ? null : showDirectoryPicker.bind(globalThis);
}

function sinks(): Choice[] {
  const folder = folderPicker() === null ? [] : [{ value: "folder", label: "files in a folder…" }];
  return [
    { value: "zip", label: "one ZIP (a single file as it is)" },
    ...folder,
    { value: "files", label: "single downloads" },
  ];
}

function radios(name: string, legend: string, choices: readonly Choice[]): HTMLElement {
  const options = choices.map(({ value, label }, i) => {
    const input = make("input");
    Object.assign(input, { type: "radio", name, value, id: `${name}-${value}`, checked: i === 0 });
    return make("label", { class: "choice" }, input, label);
  });
  return make("fieldset", {}, make("legend", {}, legend), ...options);
}

function select(name: string, label: string, choices: readonly Choice[]): HTMLElement {
  const element = make("select");
  element.name = name;
  element.id = `export-${name}`;
  for (const { value, label: text } of choices) element.append(new Option(text, value));
  return make("label", { class: "field" }, make("span", {}, label), element);
}

function patternField(): HTMLElement {
  const input = make("input");
  Object.assign(input, { type: "text", name: "pattern", value: DEFAULT_PATTERN, id: "export-pattern" });
  const note = make("span", { class: "note" }, "{name}: old name, {index}: place in the series");
  return make("label", { class: "field" }, make("span", {}, "File name"), input, note);
}

function checkbox(name: string, label: string): HTMLElement {
  const input = make("input");
  Object.assign(input, { type: "checkbox", name, checked: true, id: `export-${name}` });
  return make("label", { class: "choice" }, input, label);
}
