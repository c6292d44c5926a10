/** The panel "Overlays" beside the image: switches and colours of the planes, and what can be done with them. */
import type { ActionOptions, ExportOptions } from "./actions.js";
import { explain } from "./explain.js";
import { STYLE } from "./panel-style.js";
import type { PlaneKind, SeriesPlanes } from "./planes.js";

/** What the panel shows: asked for whenever it is drawn. */
export interface PanelModel {
  /** The planes of the series in the active viewport; `null` where there is none. */
  current(): SeriesPlanes | null;
  /** The labels that an export would write. */
  labels(): readonly string[];
  /** Aborted when the mode is left. */
  readonly signal: AbortSignal;
  changed(): void;
  onChange(listener: () => void): () => void;
  /** Both return the result in words. */
  planesToSegments(options: ActionOptions): Promise<string>;
  exportSegments(options: ExportOptions): Promise<string>;
}

/** Put the panel into `host`; returns what removes it. */
export function attachPanel(host: HTMLElement, model: PanelModel): () => void {
  const root = document.createElement("section");
  root.className = "dicom-overlay-panel";
  const style = document.createElement("style");
  style.textContent = STYLE;
  const planes = document.createElement("div");
  const labels = document.createElement("div");
  root.append(style, heading("Overlay planes"), planes, ...actionsOf(model, labels));
  host.append(root);
  const draw = (): void => {
    planes.replaceChildren(...planesView(model));
    labels.replaceChildren(...labelsView(model));
  };
  draw();
  const stop = model.onChange(draw);
  return () => {
    stop();
    root.remove();
  };
}

function planesView(model: PanelModel): readonly HTMLElement[] {
  const series = model.current();
  if (series === null) return [note("Open a series to see its overlay planes.")];
  const rows = series.kinds.map((kind) => kindRow(kind, model));
  if (series.error !== null) rows.push(note(explain(series.error), "alert"));
  else if (!series.isListed) rows.push(note("Asking the archive…"));
  else if (rows.length === 0) rows.push(note("This series has no overlay planes."));
  return rows;
}

/** What an export would write, before anything is stored. */
function labelsView(model: PanelModel): readonly HTMLElement[] {
  const labels = model.labels();
  if (labels.length === 0) return [note("Draw a segment to export it.")];
  const list = document.createElement("ol");
  for (const label of labels) {
    const item = document.createElement("li");
    item.textContent = label;
    list.append(item);
  }
  return [note("Planes that will be written:"), list];
}

function kindRow(kind: PlaneKind, model: PanelModel): HTMLElement {
  const row = document.createElement("div");
  row.className = "plane";
  const name = kind.label?.trim() || `Plane ${groupName(kind.group)}`;
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = kind.visible;
  box.addEventListener("change", () => {
    kind.visible = box.checked;
    model.changed();
  });
  const label = document.createElement("label");
  const group = document.createElement("small");
  group.textContent = groupName(kind.group);
  label.append(box, name, group);
  const colour = document.createElement("input");
  colour.type = "color";
  colour.value = kind.colour;
  colour.setAttribute("aria-label", `Colour of ${name}`);
  colour.addEventListener("change", () => {
    kind.colour = colour.value;
    model.changed();
  });
  row.append(label, colour);
  return row;
}

function actionsOf(model: PanelModel, labels: HTMLElement): readonly HTMLElement[] {
  const toSegments = button("Planes to segments");
  const existing = select("Planes of the same label", { add: "Keep them and add", replace: "Replace them" });
  const target = select("Export to", { archive: "The archive, as a new series", zip: "A ZIP file" });
  const exporting = button("Export segments as overlay");
  const cancel = button("Cancel");
  const bar = document.createElement("progress");
  const status = note("", "status");
  const run = async (work: (signal: AbortSignal) => Promise<string>): Promise<void> => {
    const stop = new AbortController();
    const leave = (): void => stop.abort(model.signal.reason);
    model.signal.addEventListener("abort", leave, { once: true });
    const buttons = [toSegments, exporting];
    for (const one of buttons) one.disabled = true;
    cancel.hidden = false;
    bar.hidden = false;
    bar.removeAttribute("value");
    cancel.onclick = () => stop.abort(new DOMException("Cancelled.", "AbortError"));
    try {
      status.textContent = await work(stop.signal);
    } catch (error) {
      status.textContent = stop.signal.aborted ? "Cancelled; nothing further was sent." : explain(error);
    } finally {
      model.signal.removeEventListener("abort", leave);
      for (const one of buttons) one.disabled = false;
      cancel.hidden = true;
      bar.hidden = true;
    }
  };
  const progress = (done: number, total: number, words: string): void => {
    bar.max = Math.max(1, total);
    bar.value = done;
    status.textContent = `${words}: ${done} of ${total}`;
  };
  cancel.hidden = true;
  bar.hidden = true;
  toSegments.addEventListener(
    "click",
    () => void run((signal) => model.planesToSegments({ signal, progress })),
  );
  exporting.addEventListener("click", () => {
    const rule = existing.input.value === "replace" ? "replace-label" : "refuse";
    const to = target.input.value === "zip" ? "zip" : "archive";
    void run((signal) => model.exportSegments({ signal, progress, existing: rule, to }));
  });
  return [
    toSegments,
    heading("Export"),
    labels,
    existing.label,
    target.label,
    exporting,
    bar,
    cancel,
    status,
  ];
}

/** `6002` for 0x6002, as DICOM users write it. */
export function groupName(group: number): string {
  return group.toString(16).toUpperCase();
}

function heading(text: string): HTMLElement {
  const element = document.createElement("h3");
  element.textContent = text;
  return element;
}

function note(text: string, role?: string): HTMLElement {
  const element = document.createElement("p");
  element.textContent = text;
  if (role !== undefined) element.setAttribute("role", role);
  return element;
}

function button(text: string): HTMLButtonElement {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = text;
  return element;
}

function select(
  text: string,
  options: Readonly<Record<string, string>>,
): { readonly label: HTMLLabelElement; readonly input: HTMLSelectElement } {
  const label = document.createElement("label");
  const input = document.createElement("select");
  for (const [value, words] of Object.entries(options)) input.add(new Option(words, value));
  label.append(text, input);
  return { label, input };
}
