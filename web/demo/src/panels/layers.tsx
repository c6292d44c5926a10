/** The list of layers: name, colour, opacity, on/off, remove; and what can be done with them. */
import type { JSX } from "preact";
import { announce } from "../app/queue.js";
import * as state from "../app/state.js";
import { words } from "../app/words.js";
import type { BitMask } from "../mark/bitmask.js";
import { activeLayer, type Layer, MAX_LAYERS, MAX_NAME } from "../mark/document.js";
import * as edit from "../mark/edit.js";
import { Icon } from "./icons.js";
import { MaskButton } from "./mask-button.js";
import { ColourInput, OpacityInput, VisibleInput } from "./style-controls.js";

export function LayersPanel(): JSX.Element {
  const w = words.value;
  const past = state.history.value;
  const doc = past?.doc.value;
  return (
    <section class="panel layers" aria-labelledby="layers-title">
      <div class="head">
        <h2 id="layers-title">{w.layers}</h2>
        <button
          id="undo"
          aria-label={w.undo}
          title={w.undo}
          type="button"
          class="small"
          disabled={past?.canUndo.value !== true}
          onClick={() => edit.step("undo")}
        >
          <Icon name="undo" /> <span class="roomy">{w.undo}</span>
        </button>
        <button
          id="redo"
          aria-label={w.redo}
          title={w.redo}
          type="button"
          class="small"
          disabled={past?.canRedo.value !== true}
          onClick={() => edit.step("redo")}
        >
          <Icon name="redo" /> <span class="roomy">{w.redo}</span>
        </button>
      </div>
      <ul id="layer-list" class="list scrolls" data-testid="layer-list">
        {doc?.layers.map((layer, k) => (
          <LayerRow key={layer.id} layer={layer} number={k + 1} active={layer.id === activeLayer(doc).id} />
        ))}
      </ul>
      <LayerButtons />
    </section>
  );
}

function LayerRow({
  layer,
  number,
  active,
}: {
  readonly layer: Layer;
  readonly number: number;
  readonly active: boolean;
}): JSX.Element {
  const w = words.value;
  const what = w.layerNo(number);
  const props = {
    what,
    style: layer,
    onChange: (change: Partial<Layer>, tag: string) => edit.editLayer(layer, change, tag),
  };
  return (
    <li class={active ? "item active" : "item"}>
      <div class="line">
        <input
          type="radio"
          name="active-layer"
          aria-label={w.drawOn(number)}
          checked={active}
          onChange={() => state.history.value?.select(layer.id)}
        />
        <ColourInput {...props} />
        <input
          type="text"
          class="name"
          data-testid="layer-name"
          aria-label={w.nameOf(number)}
          maxLength={MAX_NAME}
          value={layer.name}
          onInput={(event) => edit.editLayer(layer, { name: event.currentTarget.value }, "name")}
        />
        <VisibleInput {...props} />
        <button
          type="button"
          class="quiet"
          aria-label={w.removeLayer(number)}
          title={w.removeLayer(number)}
          onClick={() => edit.removeLayer(layer)}
        >
          <Icon name="remove" />
        </button>
      </div>
      <div class="line">
        <span class="note">{marksOf(layer)}</span>
        {active && <OpacityInput {...props} />}
      </div>
    </li>
  );
}

/** Masks are never changed once they are in a layer, so each is counted once. */
const counts = new WeakMap<BitMask, number>();

function marksOf({ masks, origin }: Layer): string {
  const w = words.value;
  const tail = origin === null ? "" : `; ${w.replacesPlane}`;
  if (masks.size === 0) return w.nothingMarked + tail;
  const here = masks.get(state.picture.value?.key ?? "");
  let pixels = 0;
  if (here !== undefined) {
    pixels = counts.get(here) ?? here.countSet();
    counts.set(here, pixels);
  }
  return w.marks(pixels, masks.size, state.current.value?.pictures.length ?? 0) + tail;
}

function LayerButtons(): JSX.Element {
  const w = words.value;
  const doc = state.history.value?.doc.value;
  const pictures = state.current.value?.pictures.length ?? 0;
  const marked = doc !== undefined && activeLayer(doc).masks.has(state.picture.value?.key ?? "");
  const several = doc !== undefined && activeLayer(doc).masks.size > 1;
  const copy = (): void => {
    if (edit.copyToNext()) announce(words.value.copied);
  };
  return (
    <div class="actions">
      <button
        id="layer-add"
        type="button"
        class="small"
        disabled={(doc?.layers.length ?? 0) >= MAX_LAYERS}
        onClick={edit.newLayer}
      >
        {w.newLayer}
      </button>
      <button
        id="copy-next"
        type="button"
        class="small"
        disabled={!marked || state.index.value + 1 >= pictures}
        onClick={copy}
      >
        {w.copyNext}
      </button>
      <button id="layer-clear" type="button" class="small" disabled={!marked} onClick={edit.clearPicture}>
        {w.clearHere}
      </button>
      <button id="grow" type="button" class="small" disabled={!marked} onClick={() => edit.growActive(1)}>
        {w.grow}
      </button>
      <button id="shrink" type="button" class="small" disabled={!marked} onClick={() => edit.growActive(-1)}>
        {w.shrink}
      </button>
      <button
        id="fill-between"
        type="button"
        class="small"
        title={w.fillBetweenHint}
        disabled={!several}
        onClick={() => void edit.fillBetween().then((n) => announce(words.value.filledBetween(n)))}
      >
        {w.fillBetween}
      </button>
      <MaskButton small />
    </div>
  );
}
