/** The list of layers: name, colour, opacity, on/off, remove; and the buttons below it. */
import { byId, make, makeButton, makeInput } from "./dom.js";
import { type Layer, type LayerStack, MAX_LAYERS, MAX_NAME } from "./layers.js";
import type { Workspace } from "./workspace.js";

/** Set the panel up; `announce` tells what happened in the live region. */
export function setUpLayersPanel(workspace: Workspace, announce: (words: string) => void): void {
  const list = byId("layer-list", HTMLUListElement);
  const button = (id: string): HTMLButtonElement => byId(id, HTMLButtonElement);
  const draw = (): void => {
    const { stack } = workspace;
    if (stack === null) return;
    const rebuilt = stack.layers.map((layer) => layerRow(workspace, stack, layer));
    const focused = focusKey();
    list.replaceChildren(...rebuilt);
    restoreFocus(list, focused);
    button("undo").disabled = !stack.canUndo;
    button("redo").disabled = !stack.canRedo;
    button("layer-add").disabled = stack.layers.length >= MAX_LAYERS;
    const marked = workspace.picture !== null && stack.active.masks.has(workspace.picture.key);
    button("layer-clear").disabled = !marked;
    button("copy-next").disabled =
      !marked || workspace.index + 1 >= (workspace.current?.pictures.length ?? 0);
  };
  workspace.on("layers", draw);
  workspace.on("picture", draw);
  button("layer-add").addEventListener("click", () => {
    workspace.stack?.add();
    workspace.changed("layers");
  });
  button("layer-clear").addEventListener("click", () => clearPicture(workspace));
  button("copy-next").addEventListener("click", () => {
    if (copyToNext(workspace)) announce("Copied to the next image, which is shown now.");
  });
  button("undo").addEventListener("click", () => step(workspace, "undo"));
  button("redo").addEventListener("click", () => step(workspace, "redo"));
}

/** Take a step of the history back or forth, and show where it was. */
export function step(workspace: Workspace, direction: "undo" | "redo"): void {
  const picture = direction === "undo" ? workspace.stack?.undo() : workspace.stack?.redo();
  if (picture === null || picture === undefined) return;
  workspace.showKey(picture);
  workspace.changed("layers");
}

function clearPicture(workspace: Workspace): void {
  const { stack, picture } = workspace;
  if (stack === null || picture === null) return;
  stack.apply([{ layer: stack.active, picture: picture.key, mask: null }]);
  workspace.changed("layers");
}

function copyToNext(workspace: Workspace): boolean {
  const { stack, picture, current, index } = workspace;
  const next = current?.pictures[index + 1];
  const mask = picture === null ? undefined : stack?.active.masks.get(picture.key);
  if (stack === null || next === undefined || mask === undefined) return false;
  const { rows, columns } = next.source.facts;
  if (mask.rows !== rows || mask.columns !== columns) return false;
  stack.apply([{ layer: stack.active, picture: next.key, mask: mask.copy() }]);
  workspace.showPicture(index + 1);
  workspace.changed("layers");
  return true;
}

function layerRow(workspace: Workspace, stack: LayerStack, layer: Layer): HTMLElement {
  const redraw = (): void => workspace.changed("image");
  const number = stack.layers.indexOf(layer) + 1;
  const active = layer === stack.active;
  const choose = make("input", {
    data: { key: `choose-${layer.id}` },
    aria: { label: `Draw on layer ${number}` },
  });
  choose.type = "radio";
  choose.name = "active-layer";
  choose.checked = active;
  choose.addEventListener("change", () => {
    stack.select(layer);
    workspace.changed("layers");
  });
  const name = makeInput(
    "text",
    `Name of layer ${number}`,
    { value: layer.name, hideLabel: true },
    (input) => {
      layer.name = input.value;
    },
  );
  name.input.maxLength = MAX_NAME;
  name.input.dataset["key"] = `name-${layer.id}`;
  name.input.dataset["testid"] = "layer-name";
  const shown = marks(workspace, layer);
  const remove = makeButton(
    "✕",
    () => {
      stack.remove(layer);
      workspace.changed("layers");
    },
    { class: "quiet", aria: { label: `Remove layer ${number}` }, title: "Remove" },
  );
  const style = styleControls(`layer ${number}`, `layer-${layer.id}`, layer, redraw);
  const head = make("div", { class: "row tight" }, choose, name.label, remove);
  return make(
    "li",
    { class: active ? "item active" : "item" },
    head,
    style,
    make("p", { class: "note" }, shown),
  );
}

function marks({ picture, current }: Workspace, { masks }: Layer): string {
  if (masks.size === 0) return "Nothing marked yet";
  const here = picture === null ? undefined : masks.get(picture.key);
  const total = current?.pictures.length ?? 0;
  return `${here?.countSet() ?? 0} pixels here; marks on ${masks.size} of ${total} images`;
}

/** Colour, opacity and on/off of something on the canvas. */
export function styleControls(
  what: string,
  key: string,
  style: { colour: string; opacity: number; visible: boolean },
  changed: () => void,
): HTMLElement {
  const colour = makeInput(
    "color",
    `Colour of ${what}`,
    { value: style.colour, hideLabel: true },
    (input) => {
      style.colour = input.value;
      changed();
    },
  );
  const percent = String(Math.round(style.opacity * 100));
  const opacity = makeInput("range", `Opacity of ${what}`, { value: percent, hideLabel: true }, (input) => {
    style.opacity = input.valueAsNumber / 100;
    changed();
  });
  const visible = makeInput("checkbox", "Show", { value: "on" }, (input) => {
    style.visible = input.checked;
    changed();
  });
  visible.input.checked = style.visible;
  visible.input.setAttribute("aria-label", `Show ${what}`);
  for (const [part, { input }] of Object.entries({ colour, opacity, visible }))
    input.dataset["key"] = `${key}-${part}`;
  return make("div", { class: "row tight" }, colour.label, opacity.label, visible.label);
}

function focusKey(): string | undefined {
  const active = document.activeElement;
  return active instanceof HTMLElement ? active.dataset["key"] : undefined;
}

/** A list that is drawn again must not take the focus away from a keyboard user. */
function restoreFocus(list: HTMLElement, key: string | undefined): void {
  if (key === undefined) return;
  for (const element of list.querySelectorAll<HTMLElement>("[data-key]")) {
    if (element.dataset["key"] === key) element.focus();
  }
}
