/** Colour, opacity and on/off of something on the canvas. */
import type { JSX } from "preact";
import { words } from "../app/words.js";
import { Icon } from "./icons.js";

interface Style {
  readonly colour: string;
  readonly opacity: number;
  readonly visible: boolean;
}

interface StyleProps {
  /** What it is the style of, in words. */
  readonly what: string;
  readonly style: Style;
  /** `tag` names changes that are one when they follow each other. */
  readonly onChange: (change: Partial<Style>, tag: string) => void;
}

export function ColourInput({ what, style, onChange }: StyleProps): JSX.Element {
  return (
    <input
      type="color"
      aria-label={words.value.colourOf(what)}
      value={style.colour}
      onInput={(event) => onChange({ colour: event.currentTarget.value }, "colour")}
    />
  );
}

export function OpacityInput({ what, style, onChange }: StyleProps): JSX.Element {
  return (
    <input
      type="range"
      class="opacity"
      min="5"
      max="100"
      aria-label={words.value.opacityOf(what)}
      value={Math.round(style.opacity * 100)}
      onInput={(event) => onChange({ opacity: event.currentTarget.valueAsNumber / 100 }, "opacity")}
    />
  );
}

export function VisibleInput({ what, style, onChange }: StyleProps): JSX.Element {
  return (
    <label class="show" title={words.value.show}>
      <input
        type="checkbox"
        aria-label={words.value.showOf(what)}
        checked={style.visible}
        onChange={(event) => onChange({ visible: event.currentTarget.checked }, "")}
      />
      <Icon name="eye" />
    </label>
  );
}
