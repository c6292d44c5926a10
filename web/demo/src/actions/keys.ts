/** Shortcuts that hold anywhere on the page but in fields that take text, and the question before leaving. */

import * as edit from "../mark/edit.js";
import * as state from "../model/state.js";
import { viewport } from "../view/canvas.js";
import * as cine from "../view/cine.js";

const TOOL_KEYS: Readonly<Record<string, state.ToolName>> = {
  b: "brush",
  e: "eraser",
  r: "rectangle",
  p: "polygon",
  f: "fill",
  w: "window",
  h: "move",
};

const LIMITS = { least: 1, most: 500 };

export function setUpKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || !state.working.value || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]") !== null) return;
    const handled = event.ctrlKey || event.metaKey ? onCommand(event) : onKey(event);
    if (handled) event.preventDefault();
  });
  addEventListener("beforeunload", (event) => {
    if (state.anyUnsaved()) event.preventDefault();
  });
}

/** Fields that take text; a slider and a checkbox do not. */
function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  if (target instanceof HTMLElement && target.isContentEditable) return true;
  return target instanceof HTMLInputElement && ["text", "number", "search"].includes(target.type);
}

function onCommand({ key, shiftKey }: KeyboardEvent): boolean {
  const name = key.toLowerCase();
  if (name === "z" && !shiftKey) edit.step("undo");
  else if (name === "y" || (name === "z" && shiftKey)) edit.step("redo");
  else return false;
  return true;
}

function onKey({ key, target }: KeyboardEvent): boolean {
  const total = state.current.value?.pictures.length ?? 1;
  const at = state.index.value;
  const ownKeys = target instanceof HTMLInputElement && target.type === "range";
  const to = { PageDown: at + 1, PageUp: at - 1, Home: 0, End: total - 1 }[key];
  if (to !== undefined) {
    // A slider and a scrolled list use these keys themselves.
    if (ownKeys || (target instanceof Element && target.closest("table, .option-list") !== null))
      return false;
    state.showPicture(to);
    return true;
  }
  // Letters count with Shift and with Caps Lock too.
  const letter = key.toLowerCase();
  const tool = TOOL_KEYS[letter];
  if (tool !== undefined) state.setTool({ name: tool });
  else if (key === "+" || key === "=") viewport?.zoomBy(1.25);
  else if (key === "-") viewport?.zoomBy(0.8);
  else if (key === "0") viewport?.fit();
  else if (letter === "k") cine.togglePlaying();
  else if (key === "," || key === ".") cine.setSpeed(cine.speed() + (key === "." ? 1 : -1));
  else if (key === "[" || key === "]") {
    const size = state.tool.value.brushSize + (key === "]" ? 1 : -1);
    state.setTool({ brushSize: Math.min(LIMITS.most, Math.max(LIMITS.least, size)) });
  } else return onLayerKey(letter);
  return true;
}

function onLayerKey(key: string): boolean {
  if (key === "n") edit.newLayer();
  else if (key === "c") edit.copyToNext();
  else if (/^[1-9]$/.test(key)) {
    const layer = state.history.value?.doc.value.layers[Number(key) - 1];
    if (layer !== undefined) state.history.value?.select(layer.id);
  } else return false;
  return true;
}
