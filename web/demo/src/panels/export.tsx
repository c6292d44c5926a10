/** The export: what it will do in words, the button, its options. */
import { computed, type Signal, signal } from "@preact/signals";
import type { JSX } from "preact";
import { exporting, startExport } from "../actions/export.js";
import { capturedPictures } from "../export/captured.js";
import { DEFAULT_PATTERN } from "../export/names.js";
import { type ExportOptions, exportedLayers, planExport, usable } from "../export/plan.js";
import { offeredSinks } from "../export/save.js";
import { hasWork } from "../model/document.js";
import { seriesPlanes } from "../model/planes.js";
import * as state from "../model/state.js";
import { archive } from "../shell/config.js";
import { words } from "../words/words.js";
import { type Choice, SelectField } from "./controls.js";
import { Icon } from "./icons.js";

const options: Signal<ExportOptions> = signal({
  form: "planes",
  scope: "series",
  instance: "keep",
  unmarked: "empty",
  pattern: DEFAULT_PATTERN,
  sink: "zip",
  check: true,
});

const sinks = computed(() =>
  offeredSinks(
    options.value.form === "planes" &&
      state.current.value?.files.some(({ folder }) => folder !== null) === true,
    archive.value !== null,
  ),
);

const usedOptions = computed(
  (): ExportOptions =>
    usable(options.value, { files: state.current.value?.files.length ?? 0, sinks: sinks.value }),
);

/** The pictures that would be captured. */
const captured = computed((): number => {
  const [series, picture, past] = [state.current.value, state.picture.value, state.history.value];
  const used = usedOptions.value;
  if (used.form !== "capture" || series === null || picture === null || past === null) return 0;
  return capturedPictures(series, picture.source, past.doc.value, seriesPlanes.value.planes, used).length;
});

/** Something is marked, or is to be removed; for pictures, something is seen. */
const hasSomething = computed(() => {
  const past = state.history.value;
  if (options.value.form === "capture") return captured.value > 0;
  return past !== null && hasWork(past.doc.value);
});

/** What the button will do. */
const intent = computed(() => {
  const w = words.value;
  const [series, picture, past] = [state.current.value, state.picture.value, state.history.value];
  if (series === null || picture === null || past === null || !hasSomething.value) return w.nothingToExport;
  const chosen = usedOptions.value;
  const intoOf = (files: number): string =>
    chosen.sink === "zip" && files === 1 ? w.into.single : w.into[chosen.sink];
  if (chosen.form === "capture") return w.willCapture(captured.value, intoOf(captured.value));
  const planned = planExport(series, picture.source, past.doc.value, chosen);
  const layers = exportedLayers(past.doc.value).length;
  return w.willDo(planned.length, layers, past.doc.value.removed.length, intoOf(planned.length));
});

export function ExportPanel(): JSX.Element {
  const w = words.value;
  const used = usedOptions.value;
  const set = (change: Partial<ExportOptions>): void => {
    options.value = { ...options.value, ...change };
  };
  return (
    <section class="panel export" aria-labelledby="export-title">
      <h2 id="export-title" class="visually-hidden">
        {w.export}
      </h2>
      <form
        id="export-form"
        onSubmit={(event) => {
          event.preventDefault();
          void startExport(used);
        }}
      >
        <details id="export-options">
          <summary>{w.options}</summary>
          <div class="option-list">
            <Radios
              name="scope"
              legend={w.what}
              value={used.scope}
              onPick={(scope) => set({ scope })}
              choices={[
                ["image", w.thisImage],
                ["series", w.wholeSeries, (state.current.value?.files.length ?? 0) > 1],
              ]}
            />
            <SelectField
              id="export-form-of"
              label={w.form}
              value={used.form}
              options={(["planes", "capture"] as const).map((form) => [form, w.forms[form]])}
              onPick={(form) => set({ form })}
            />
            {used.form === "planes" && (
              <Radios
                name="instance"
                legend={w.identity}
                value={used.instance}
                onPick={(instance) => set({ instance })}
                choices={[
                  ["keep", w.keepInstance, used.sink !== "archive"],
                  ["derived", w.deriveInstance, used.sink !== "back"],
                ]}
              />
            )}
            <SelectField
              id="export-unmarked"
              label={w.unmarkedFiles}
              value={used.unmarked}
              options={
                used.form === "planes"
                  ? (["empty", "unchanged", "omit"] as const).map((rule) => [rule, w.unmarked[rule]])
                  : (["unchanged", "omit"] as const).map((rule) => [rule, w.uncaptured[rule]])
              }
              onPick={(unmarked) => set({ unmarked })}
            />
            {used.form === "planes" && <FileOptions used={used} set={set} />}
          </div>
        </details>
        <SelectField
          id="export-sink"
          label={w.saveAs}
          value={used.sink}
          options={sinks.value.map((sink) => [sink, w.sink[sink]])}
          onPick={(sink) => set({ sink })}
        />
        <p id="intent" class="intent" data-testid="intent">
          {intent.value}
        </p>
        <button
          id="export-button"
          class="primary"
          type="submit"
          data-testid="export-button"
          disabled={!hasSomething.value}
          // Not disabled during an export: the keyboard would lose its place.
          aria-disabled={exporting.value}
        >
          <Icon name="save" />
          {used.sink === "archive" ? w.sink.archive : w.exportButton}
        </button>
      </form>
    </section>
  );
}

interface FileOptionsProps {
  readonly used: ExportOptions;
  readonly set: (change: Partial<ExportOptions>) => void;
}

/** Names and checks of changed files. */
function FileOptions({ used, set }: FileOptionsProps): JSX.Element {
  const w = words.value;
  return (
    <>
      <label class="field">
        <span>{w.fileName}</span>
        <input
          type="text"
          id="export-pattern"
          value={used.pattern}
          title={w.patternHint}
          onInput={(event) => set({ pattern: event.currentTarget.value })}
        />
      </label>
      <label class="choice">
        <input
          type="checkbox"
          id="export-check"
          checked={used.check}
          onChange={(event) => set({ check: event.currentTarget.checked })}
        />
        {w.checkAfter}
      </label>
    </>
  );
}

interface RadiosProps<T extends string> {
  readonly name: string;
  readonly legend: string;
  readonly value: T;
  readonly choices: readonly Choice<T>[];
  readonly onPick: (value: T) => void;
}

function Radios<T extends string>({ name, legend, value, choices, onPick }: RadiosProps<T>): JSX.Element {
  return (
    <fieldset>
      <legend>{legend}</legend>
      {choices.map(([one, said, enabled = true]) => (
        <label key={one} class="choice">
          <input
            type="radio"
            name={name}
            id={`${name}-${one}`}
            checked={one === value}
            disabled={!enabled}
            onChange={() => onPick(one)}
          />
          {said}
        </label>
      ))}
    </fieldset>
  );
}
