/** The image: tools above, the canvas with what is told on it, slices and window below. */

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { valueAt, windowOf } from "../image/grey.js";
import type { DecodedFrame, Window } from "../image/protocol.js";
import { seriesPlanes } from "../model/planes.js";
import * as state from "../model/state.js";
import { setUpCanvas, viewport } from "../view/canvas.js";
import * as cine from "../view/cine.js";
import { lettersOf, positionOf, scaleBar } from "../view/geometry.js";
import { presets } from "../view/windowing.js";
import { explainCode } from "../words/faults.js";
import { round } from "../words/numbers.js";
import { words } from "../words/words.js";
import { Button, IconButton, NumberInput, Select, withKey } from "./controls.js";
import { Icon } from "./icons.js";
import { ThresholdBar } from "./threshold.js";
import { Toolbar } from "./toolbar.js";

/** Maximum length of the scale bar in CSS pixels. */
const BAR_WIDTH = 120;

export function Viewer(): JSX.Element {
  return (
    <section
      class="viewer"
      aria-labelledby="viewer-title"
      aria-busy={state.current.value !== null && !state.isInOrder.value}
    >
      <h2 id="viewer-title" class="visually-hidden">
        {words.value.image}
      </h2>
      <Toolbar />
      <Stage />
      <SliceRow />
      <ViewRow />
    </section>
  );
}

function Stage(): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const w = words.value;
  useEffect(() => (canvas.current === null ? undefined : setUpCanvas(canvas.current)), []);
  const fault = state.pictureFault.value;
  return (
    <div
      class="stage"
      id="stage"
      data-drawn={state.drawnKey.value}
      data-seen={String(state.pictureIsSeen.value)}
    >
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it takes keys of its own, which is what this role says. */}
      <canvas
        ref={canvas}
        id="canvas"
        tabIndex={0}
        role="application"
        aria-label={w.imageLabel}
        aria-describedby="canvas-help"
        data-testid="canvas"
      />
      <p id="canvas-help" class="visually-hidden">
        {w.canvasHelp}
      </p>
      <Letters />
      <Readout />
      <ScaleBar />
      <p id="picture-note" class="picture-note" data-testid="picture-note">
        {fault === "" ? "" : explainCode(fault)}
      </p>
      <ThresholdBar />
      {state.current.value !== null && !state.isInOrder.value && (
        <p class="waiting-note" data-testid="waiting-note">
          {state.opening.value ? w.waitsForFiles : w.waitsForOrder}
        </p>
      )}
    </div>
  );
}

function Letters(): JSX.Element | null {
  const place =
    state.shown.value?.frame.place?.orientation ??
    state.picture.value?.source.facts.imageOrientationPatient ??
    null;
  const letters = lettersOf(place);
  if (letters === null) return null;
  return (
    <div aria-hidden="true" data-testid="letters">
      {(["left", "right", "top", "bottom"] as const).map((edge) => (
        <span key={edge} class={`letter at-${edge}`}>
          {letters[edge]}
        </span>
      ))}
    </div>
  );
}

/** What lies under the pointer: value in real units, position in the patient. */
function Readout(): JSX.Element {
  const at = state.hover.value;
  const frame = state.pictureIsSeen.value ? state.shown.value?.frame : undefined;
  return (
    <p class="readout" data-testid="readout" aria-hidden="true">
      {at !== null && frame !== undefined && readoutOf(frame, Math.floor(at.y), Math.floor(at.x))}
    </p>
  );
}

function readoutOf(frame: DecodedFrame, row: number, column: number): string {
  const w = words.value;
  if (row < 0 || column < 0 || row >= frame.rows || column >= frame.columns) return "";
  const grey = valueAt(frame, row, column);
  const pixel = row * frame.columns + column;
  const colour = [...(frame.rgba?.subarray(4 * pixel, 4 * pixel + 3) ?? [])].join(", ");
  const value = grey === null ? colour : `${w.number(grey)} ${frame.modality.unit}`.trim();
  const { place } = frame;
  const lines = [`${w.value} ${value}`, w.pixelAt(column + 1, row + 1)];
  if (place !== null) lines.push(w.millimetres(positionOf(place, { x: column + 0.5, y: row + 0.5 })));
  return lines.join("\n");
}

function ScaleBar(): JSX.Element | null {
  const { zoom } = state.view.value;
  const facts = state.picture.value?.source.facts;
  const pixel = zoom * Math.max(1, 1 / (facts?.pixelAspect ?? 1));
  const bar = scaleBar(state.spacing.value, pixel / (globalThis.devicePixelRatio || 1), BAR_WIDTH);
  if (bar === null) return null;
  return (
    <div class="scale-bar" aria-hidden="true" data-testid="scale-bar" style={{ width: `${bar.pixels}px` }}>
      {words.value.scaleBar(bar.length)}
    </div>
  );
}

function SliceRow(): JSX.Element {
  const w = words.value;
  const total = state.current.value?.pictures.length ?? 1;
  const at = state.index.value;
  const waits = !state.isInOrder.value;
  return (
    <div class="slice-row">
      <IconButton
        id="previous"
        icon="previous"
        name={w.previousImage}
        shortcut={w.pageUp}
        disabled={waits}
        onClick={() => state.showPicture(at - 1)}
      />
      <div class="slider">
        <input
          id="slice"
          type="range"
          min="1"
          max={total}
          value={at + 1}
          disabled={waits}
          aria-label={w.imageInSeries}
          aria-valuetext={w.imageOf(at + 1, total)}
          data-testid="slice"
          onInput={(event) => state.showPicture(event.currentTarget.valueAsNumber - 1)}
        />
        <Ticks total={total} />
      </div>
      <IconButton
        id="next"
        icon="next"
        name={w.nextImage}
        shortcut={w.pageDown}
        disabled={waits}
        onClick={() => state.showPicture(at + 1)}
      />
      <output id="slice-text" for="slice" data-testid="slice-text">
        {`${at + 1} / ${total}`}
      </output>
      {total > 1 && <Cine disabled={waits} />}
    </div>
  );
}

function Cine({ disabled }: { readonly disabled: boolean }): JSX.Element {
  const w = words.value;
  const isOn = cine.playing.value;
  const name = isOn ? w.cineStop : w.cinePlay;
  return (
    <span class="cine">
      <button
        id="cine"
        type="button"
        aria-pressed={isOn}
        title={withKey(name, "K")}
        disabled={disabled}
        onClick={cine.togglePlaying}
      >
        <Icon name={isOn ? "pause" : "play"} />
        <span>{name}</span>
      </button>
      <label title={withKey(w.cineSpeed, ", .")}>
        <input
          type="number"
          id="cine-speed"
          aria-label={w.cineSpeed}
          min={cine.SPEEDS.least}
          max={cine.SPEEDS.most}
          value={cine.speed()}
          onChange={(event) => {
            const { currentTarget: input } = event;
            if (!Number.isNaN(input.valueAsNumber)) cine.setSpeed(input.valueAsNumber);
            // What is played, where another number was typed.
            input.value = String(cine.speed());
          }}
        />{" "}
        {w.cineUnit}
      </label>
    </span>
  );
}

/** Where marks and planes are in the series. */
function Ticks({ total }: { readonly total: number }): JSX.Element {
  const doc = state.history.value?.doc.value;
  const pictures = state.current.value?.pictures ?? [];
  const planes = seriesPlanes.value.planes;
  const marked: string[] = [];
  const planed: string[] = [];
  for (const [k, { key, source }] of pictures.entries()) {
    if (doc?.layers.some(({ masks }) => masks.has(key)) === true) marked.push(`M${k} 0h1v1h-1z`);
    else if (planes.some(({ files }) => files.has(source.id))) planed.push(`M${k} 0h1v1h-1z`);
  }
  return (
    <svg
      class="ticks"
      viewBox={`0 0 ${Math.max(1, total)} 1`}
      preserveAspectRatio="none"
      aria-hidden="true"
      data-testid="ticks"
    >
      <path class="planed" d={planed.join("")} />
      <path class="marked" d={marked.join("")} />
    </svg>
  );
}

function ViewRow(): JSX.Element {
  const w = words.value;
  const frame = state.shown.value?.frame;
  const grey = frame !== undefined && frame.rgba === null ? frame : null;
  const used = grey === null ? null : windowOf(grey, state.userWindow.value);
  const offered = presets.value;
  const chosen = offered.find(({ window }) => window?.width === used?.width && window?.level === used?.level);
  const set = (change: Partial<Window>): void => {
    if (used !== null) state.setWindow({ ...used, ...change });
  };
  return (
    <div class="view-row">
      <Select
        id="window-preset"
        label={w.windowPreset}
        disabled={grey === null}
        value={chosen?.id ?? "own"}
        options={[
          ...offered.map(({ id, name, said }) => [id, said === "" ? w.preset[name] : said] as const),
          ["own", w.windowOwn, false],
        ]}
        onPick={(picked) => {
          const preset = offered.find(({ id }) => id === picked);
          if (preset !== undefined) state.setWindow(picked === "file-0" ? null : preset.window);
        }}
      />
      <NumberInput
        id="window-width"
        label={w.windowWidth}
        value={used === null ? null : round(used.width)}
        min={Number.MIN_VALUE}
        onSet={(width) => set({ width })}
      />
      <NumberInput
        id="window-level"
        label={w.windowLevel}
        value={used === null ? null : round(used.level)}
        onSet={(level) => set({ level })}
      />
      <span class="zoom">
        <IconButton
          id="zoom-out"
          icon="minus"
          name={w.zoomOut}
          shortcut="−"
          onClick={() => viewport?.zoomBy(0.8)}
        />
        <output id="zoom-text" data-testid="zoom-text">{`${state.view.value.percent} %`}</output>
        <IconButton
          id="zoom-in"
          icon="plus"
          name={w.zoomIn}
          shortcut="+"
          onClick={() => viewport?.zoomBy(1.25)}
        />
        <Button id="zoom-fit" title={withKey(w.fit, "0")} onClick={() => viewport?.fit()}>
          {w.fit}
        </Button>
      </span>
    </div>
  );
}
