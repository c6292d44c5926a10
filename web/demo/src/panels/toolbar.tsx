/** The tools and their options. */
import type { JSX, TargetedEvent, TargetedKeyboardEvent } from "preact";
import * as drawing from "../mark/drawing.js";
import * as edit from "../mark/edit.js";
import { rangeOfTool } from "../mark/range.js";
import * as state from "../model/state.js";
import { round } from "../words/numbers.js";
import { words } from "../words/words.js";
import { Button, NumberInput, Select } from "./controls.js";
import { Icon } from "./icons.js";

const TOOLS: readonly (readonly [name: state.ToolName, key: string])[] = [
  ["window", "W"],
  ["move", "H"],
  ["brush", "B"],
  ["eraser", "E"],
  ["rectangle", "R"],
  ["polygon", "P"],
  ["fill", "F"],
];

export function Toolbar(): JSX.Element {
  const w = words.value;
  const { name: chosen } = state.tool.value;
  const past = state.history.value;
  return (
    <div class="tools">
      <div class="toolbar" role="toolbar" aria-label={w.tools} onKeyDown={moveFocus}>
        {(["undo", "redo"] as const).map((step) => (
          <button
            key={step}
            id={step}
            type="button"
            class="tool"
            title={`${w[step]} (${step === "undo" ? w.undoKey : w.redoKey})`}
            disabled={(step === "undo" ? past?.canUndo.value : past?.canRedo.value) !== true}
            onClick={() => edit.step(step)}
          >
            <Icon name={step} />
            <span>{w[step]}</span>
          </button>
        ))}
        {TOOLS.map(([name, key]) => (
          <button
            key={name}
            type="button"
            class="tool"
            title={`${w.tool[name]} (${key})`}
            aria-pressed={name === chosen}
            tabIndex={name === chosen ? 0 : -1}
            data-testid={`tool-${name}`}
            onClick={() => state.setTool({ name })}
          >
            <Icon name={name} />
            <span>{w.tool[name]}</span>
          </button>
        ))}
      </div>
      <fieldset class="options" aria-label={w.toolOptions}>
        <ToolOptions />
      </fieldset>
    </div>
  );
}

/** Arrow keys walk along a toolbar (WAI-ARIA toolbar pattern). */
function moveFocus(event: TargetedKeyboardEvent<HTMLDivElement>): void {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const buttons = [...event.currentTarget.querySelectorAll<HTMLButtonElement>("button:not(:disabled)")];
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
  if (step === undefined || at < 0) return;
  event.preventDefault();
  buttons[(at + step + buttons.length) % buttons.length]?.focus();
}

function ToolOptions(): JSX.Element {
  const w = words.value;
  const { name, brushSize, brushUnit } = state.tool.value;
  switch (name) {
    case "brush":
    case "eraser":
      return (
        <>
          <NumberInput
            id="brush-size"
            label={w.brushSize}
            value={brushSize}
            min={0.1}
            max={500}
            onSet={(size) => state.setTool({ brushSize: size })}
          />
          <Select
            id="brush-unit"
            label={w.brushUnit}
            value={brushUnit}
            options={[
              ["px", "px"],
              ["mm", "mm", state.spacing.value !== null],
            ]}
            onPick={(unit) => state.setTool({ brushUnit: unit })}
          />
          <BrushRange />
        </>
      );
    case "fill":
      return <FillOptions />;
    case "polygon":
      return (
        <>
          <Button data-testid="close-polygon" onClick={drawing.closePolygon}>
            {w.closePolygon}
          </Button>
          <Hint>{w.toolHint.polygon}</Hint>
        </>
      );
    default:
      return <Hint>{w.toolHint[name]}</Hint>;
  }
}

/** What a tool does; the tool tip has the whole text where there is no room. */
function Hint({ children }: { readonly children: string }): JSX.Element {
  return (
    <span class="note hint" title={children}>
      {children}
    </span>
  );
}

/** Brush and eraser may be limited to a range of values. */
function BrushRange(): JSX.Element | null {
  const w = words.value;
  const { brushInRange } = state.tool.value;
  const frame = state.shown.value?.frame;
  if (frame === undefined || frame.values === null) return null;
  const limit = (event: TargetedEvent<HTMLInputElement>): void =>
    state.setTool({ brushInRange: event.currentTarget.checked });
  return (
    <>
      <label class="choice" title={w.brushRangeHint}>
        <input type="checkbox" id="brush-range" checked={brushInRange} onChange={limit} />
        {w.brushRange}
      </label>
      {brushInRange && <RangeInputs label="" />}
    </>
  );
}

/** The range of values that brush and fill share. */
function RangeInputs({ label }: { readonly label: string }): JSX.Element {
  const w = words.value;
  const { low, high } = rangeOfTool();
  return (
    <>
      <NumberInput
        id="range-low"
        label={label}
        name={w.valuesFrom}
        value={Number.isFinite(low) ? round(low) : null}
        onSet={(value) => state.setTool({ low: value, high })}
      />
      <NumberInput
        id="range-high"
        label={w.valuesTo}
        value={Number.isFinite(high) ? round(high) : null}
        onSet={(value) => state.setTool({ low, high: value })}
      />
      <span>{state.shown.value?.frame.modality.unit}</span>
    </>
  );
}

function FillOptions(): JSX.Element {
  const w = words.value;
  const { fillBy, tolerance } = state.tool.value;
  const frame = state.shown.value?.frame;
  if (frame?.values === null) return <span class="note">{w.toolHint.fillColour}</span>;
  const unit = frame?.modality.unit ?? "";
  return (
    <>
      <Select
        id="fill-by"
        label={w.fillBy}
        value={fillBy}
        options={[
          ["click", w.fillByClick],
          ["range", w.fillByRange],
        ]}
        onPick={(by) => state.setTool({ fillBy: by })}
      />
      {fillBy === "click" ? (
        <NumberInput
          id="fill-tolerance"
          label="±"
          value={tolerance === null ? null : round(tolerance)}
          min={0}
          onSet={(value) => state.setTool({ tolerance: value })}
        />
      ) : (
        <RangeInputs label={w.valuesFrom} />
      )}
      {fillBy === "click" && <span>{unit}</span>}
      {fillBy === "range" && (
        <Button data-testid="mark-threshold" onClick={() => drawing.fill.markAll()}>
          {w.markThreshold}
        </Button>
      )}
      <Hint>{fillBy === "click" ? w.toolHint.fill : w.toolHint.fillRange}</Hint>
    </>
  );
}
