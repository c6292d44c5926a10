/** The tools and their options. */
import { make, makeButton, makeInput } from "./dom.js";
import type { ToolName, Workspace } from "./workspace.js";

const TOOLS: readonly { readonly name: ToolName; readonly label: string; readonly key: string }[] = [
  { name: "window", label: "Window", key: "W" },
  { name: "move", label: "Move", key: "H" },
  { name: "brush", label: "Brush", key: "B" },
  { name: "eraser", label: "Eraser", key: "E" },
  { name: "rectangle", label: "Rectangle", key: "R" },
  { name: "polygon", label: "Polygon", key: "P" },
  { name: "fill", label: "Fill", key: "F" },
];

export interface ToolbarActions {
  readonly selectTool: (name: ToolName) => void;
  readonly markBrightness: () => void;
  readonly closePolygon: () => void;
}

/** Fill the toolbar and keep it up with the workspace. */
export function setUpToolbar(
  bar: HTMLElement,
  options: HTMLElement,
  workspace: Workspace,
  actions: ToolbarActions,
): void {
  const buttons = TOOLS.map(({ name, label, key }) => {
    const attributes = { class: "tool", title: `${label} (${key})`, data: { testid: `tool-${name}` } };
    return { name, button: makeButton(label, () => actions.selectTool(name), attributes) };
  });
  bar.append(...buttons.map(({ button }) => button));
  bar.addEventListener("keydown", (event) =>
    moveFocus(
      event,
      buttons.map(({ button }) => button),
    ),
  );
  const draw = (): void => {
    for (const { name, button } of buttons) {
      const chosen = name === workspace.tool.name;
      button.setAttribute("aria-pressed", String(chosen));
      button.tabIndex = chosen ? 0 : -1;
    }
    options.replaceChildren(...optionsOf(workspace, actions));
  };
  workspace.on("tool", draw);
  draw();
}

/** Arrow keys walk along a toolbar (WAI-ARIA toolbar pattern). */
function moveFocus(event: KeyboardEvent, buttons: readonly HTMLButtonElement[]): void {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const active = document.activeElement;
  const at = active instanceof HTMLButtonElement ? buttons.indexOf(active) : -1;
  if (step === undefined || at < 0) return;
  event.preventDefault();
  buttons[(at + step + buttons.length) % buttons.length]?.focus();
}

function optionsOf(workspace: Workspace, actions: ToolbarActions): HTMLElement[] {
  const { tool } = workspace;
  switch (tool.name) {
    case "brush":
    case "eraser":
      return [
        numberOption(
          "Size in pixels",
          "brush-size",
          tool.brushSize,
          1,
          200,
          (value) => (tool.brushSize = value),
        ),
      ];
    case "fill":
      return [
        numberOption("Brightness from", "fill-low", tool.low, 0, 255, (value) => (tool.low = value)),
        numberOption("to", "fill-high", tool.high, 0, 255, (value) => (tool.high = value)),
        makeButton("Mark all of it", actions.markBrightness, { data: { testid: "mark-brightness" } }),
        make(
          "span",
          { class: "note" },
          "Click a spot to fill what is connected, as bright as shown (0 to 255).",
        ),
      ];
    case "polygon":
      return [
        makeButton("Close polygon", actions.closePolygon, { data: { testid: "close-polygon" } }),
        make(
          "span",
          { class: "note" },
          "Click the corners; Enter, a double click or the first corner closes.",
        ),
      ];
    case "rectangle":
      return [make("span", { class: "note" }, "Drag from corner to corner.")];
    case "window":
      return [
        make("span", { class: "note" }, "Drag right for more width, up for a lower centre (brighter)."),
      ];
    case "move":
      return [make("span", { class: "note" }, "Drag to move; Ctrl and wheel to zoom.")];
    default:
      return tool.name satisfies never;
  }
}

function numberOption(
  label: string,
  id: string,
  value: number,
  min: number,
  max: number,
  set: (value: number) => void,
): HTMLElement {
  const { input, label: element } = makeInput("number", `${label} `, { value: String(value) }, () => {
    const next = Math.round(input.valueAsNumber);
    if (next >= min && next <= max) set(next);
  });
  input.id = id;
  input.min = String(min);
  input.max = String(max);
  return element;
}
