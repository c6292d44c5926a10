/** Buttons, numbers and lists for the panels, each with its name in words. */
import type { ComponentChildren, JSX } from "preact";
import { words } from "../words/words.js";
import { Icon, type IconName } from "./icons.js";

interface ButtonProps {
  readonly id?: string;
  readonly onClick: () => void;
  readonly disabled?: boolean;
}

/** A name with its key, as tool tips have it. */
export function withKey(name: string, key: string): string {
  return `${name} (${key})`;
}

/** A button with an icon; tool tips and screen readers give its name. */
export function IconButton({
  icon,
  name,
  shortcut,
  isQuiet = false,
  ...rest
}: ButtonProps & {
  readonly icon: IconName;
  readonly name: string;
  readonly shortcut?: string;
  readonly isQuiet?: boolean;
}): JSX.Element {
  return (
    <button
      type="button"
      class={isQuiet ? "quiet" : ""}
      aria-label={name}
      title={shortcut === undefined ? name : withKey(name, shortcut)}
      {...rest}
    >
      <Icon name={icon} />
    </button>
  );
}

/** A button with words, and an icon before them if it has one. */
export function Button({
  icon,
  children,
  ...rest
}: ButtonProps & {
  readonly icon?: IconName;
  readonly title?: string;
  readonly "data-testid"?: string;
  readonly lang?: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <button type="button" {...rest}>
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A number with its name before it; `onSet` gets what lies within the limits, ends included. Empty while there is none. */
export function NumberInput({
  id,
  label,
  name,
  value,
  min = Number.NEGATIVE_INFINITY,
  max = Number.POSITIVE_INFINITY,
  onSet,
}: {
  readonly id: string;
  readonly label: string;
  /** Its name, if the label does not say it. */
  readonly name?: string;
  readonly value: number | null;
  readonly min?: number;
  readonly max?: number;
  readonly onSet: (value: number) => void;
}): JSX.Element {
  return (
    <label>
      {label}{" "}
      <input
        type="number"
        id={id}
        {...(name === undefined ? {} : { "aria-label": name })}
        value={value ?? ""}
        step="any"
        disabled={value === null}
        onChange={(event) => {
          const { currentTarget: input } = event;
          const next = input.valueAsNumber;
          if (next >= min && next <= max) onSet(next);
          // What was not taken does not stay in sight.
          else input.value = String(value ?? "");
        }}
      />
    </label>
  );
}

/** One of several things, and whether it can be chosen now. */
export type Choice<T extends string> = readonly [value: T, said: string, enabled?: boolean];

interface SelectProps<T extends string> {
  readonly id: string;
  readonly label: string;
  readonly value: T;
  readonly options: readonly Choice<T>[];
  readonly disabled?: boolean;
  readonly onPick: (value: T) => void;
}

/** A list of which one is chosen; its label is told to those who hover and those who hear. */
export function Select<T extends string>(props: SelectProps<T>): JSX.Element {
  const { id, label, value, options, disabled, onPick } = props;
  return (
    <select
      id={id}
      aria-label={label}
      title={label}
      disabled={disabled}
      value={value}
      onChange={(event) => onPick(event.currentTarget.value as T)}
    >
      {options.map(([one, said, enabled = true]) => (
        <option key={one} value={one} disabled={!enabled}>
          {said}
        </option>
      ))}
    </select>
  );
}

/** The same with its label before it. */
export function SelectField<T extends string>(props: SelectProps<T>): JSX.Element {
  return (
    <label class="field" for={props.id}>
      <span>{props.label}</span>
      <Select {...props} />
    </label>
  );
}

interface Style {
  readonly colour: string;
  readonly opacity: number;
  readonly visible: boolean;
}

interface StyleProps {
  /** What it styles, in words. */
  readonly what: string;
  readonly style: Style;
  /** `tag` names changes that count as one when they follow each other. */
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
    <label class="hit" title={words.value.show}>
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
