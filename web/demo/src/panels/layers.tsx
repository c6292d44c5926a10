/** The list of layers: name, colour, opacity, on/off, remove; and what can be done with them. */
import type { JSX } from "preact";
import { saveNifti, savePicture } from "../actions/commands.js";
import * as edit from "../mark/edit.js";
import type { BitMask } from "../model/bitmask.js";
import { activeLayer, type Layer, MAX_LAYERS, MAX_NAME } from "../model/document.js";
import * as state from "../model/state.js";
import { words } from "../words/words.js";
import { Button, ColourInput, IconButton, OpacityInput, VisibleInput, withKey } from "./controls.js";
import { MaskButton } from "./file-button.js";
import { OfferBar } from "./offer.js";

export function LayersPanel(): JSX.Element {
  const w = words.value;
  const doc = state.history.value?.doc.value;
  return (
    <section class="panel layers" aria-labelledby="layers-title">
      <div class="head">
        <h2 id="layers-title">{w.layers}</h2>
      </div>
      <OfferBar />
      <ul id="layer-list" class="list scrolls" data-testid="layer-list">
        {doc?.layers.map((layer, k) => (
          <LayerRow
            key={layer.id}
            layer={layer}
            number={k + 1}
            active={layer.id === activeLayer(doc).id}
            hasTwin={doc.layers.some(({ id, name }) => id !== layer.id && name.trim() === layer.name.trim())}
          />
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
  hasTwin,
}: {
  readonly layer: Layer;
  readonly number: number;
  readonly active: boolean;
  /** Another layer has the same name. */
  readonly hasTwin: boolean;
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
        <label class="hit" title={w.drawOn(number)}>
          <input
            type="radio"
            name="active-layer"
            aria-label={w.drawOn(number)}
            checked={active}
            onChange={() => state.history.value?.select(layer.id)}
          />
        </label>
        <ColourInput {...props} />
        <input
          type="text"
          class="name"
          data-testid="layer-name"
          aria-label={w.nameOf(number)}
          aria-invalid={hasTwin}
          maxLength={MAX_NAME}
          value={layer.name}
          onInput={(event) => edit.editLayer(layer, { name: event.currentTarget.value }, "name")}
        />
        <VisibleInput {...props} />
        <IconButton
          icon="remove"
          isQuiet
          name={w.removeLayer(number)}
          onClick={() => edit.removeLayer(layer)}
        />
      </div>
      <div class="line">
        <span class="note">
          {marksOf(layer)}
          {layer.againstPosition && <strong class="warning"> {w.againstPosition}</strong>}
          {hasTwin && <strong class="warning"> {w.sameName}</strong>}
        </span>
        {active && <OpacityInput {...props} />}
      </div>
    </li>
  );
}

/** A mask does not change once it is in a layer, so each is counted once. */
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
  return (
    <div class="actions">
      <Button
        id="layer-add"
        icon="plus"
        title={withKey(w.newLayer, "N")}
        disabled={(doc?.layers.length ?? 0) >= MAX_LAYERS}
        onClick={edit.newLayer}
      >
        {w.newLayer}
      </Button>
      <Button
        id="copy-next"
        title={withKey(w.copyNextHint, "C")}
        disabled={!marked || state.index.value + 1 >= pictures}
        onClick={edit.copyToNext}
      >
        {w.copyNext}
      </Button>
      <Button id="layer-clear" disabled={!marked} onClick={edit.clearPicture}>
        {w.clearHere}
      </Button>
      <Button id="grow" disabled={!marked} onClick={() => edit.growActive(1)}>
        {w.grow}
      </Button>
      <Button id="shrink" disabled={!marked} onClick={() => edit.growActive(-1)}>
        {w.shrink}
      </Button>
      <Button id="invert" disabled={!marked} onClick={edit.invertActive}>
        {w.invert}
      </Button>
      <Button
        id="fill-between"
        title={w.fillBetweenHint}
        disabled={!several}
        onClick={() => void edit.fillBetween()}
      >
        {w.fillBetween}
      </Button>
      <MaskButton />
      <Button
        id="save-nifti"
        title={w.saveNiftiHint}
        disabled={doc?.layers.every(({ masks }) => masks.size === 0) !== false}
        onClick={saveNifti}
      >
        {w.saveNifti}
      </Button>
      <Button
        id="save-picture"
        title={w.savePictureHint}
        disabled={!state.pictureIsSeen.value}
        onClick={() => void savePicture()}
      >
        {w.savePicture}
      </Button>
    </div>
  );
}
