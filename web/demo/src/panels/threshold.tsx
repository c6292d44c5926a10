/** The choice of a threshold, below the image that shows its effect. */
import type { JSX } from "preact";
import { thresholdAsked } from "../masks/threshold.js";
import { words } from "../words/words.js";
import { Button, NumberInput } from "./controls.js";

/** Steps of the slider. */
const STEPS = 200;

export function ThresholdBar(): JSX.Element | null {
  const w = words.value;
  const asked = thresholdAsked.value;
  if (asked === null) return null;
  const { name, low, high, labels, threshold, pixels, answer } = asked;
  const set = (value: number): void => {
    threshold.value = value;
  };
  return (
    <section class="threshold" aria-label={w.thresholdTitle(name)} data-testid="threshold">
      <p>{labels === null ? w.thresholdWhy(name) : w.thresholdOrLabels(name)}</p>
      <div class="line">
        <input
          type="range"
          id="threshold"
          aria-label={w.threshold}
          min={low}
          max={high}
          step={(high - low) / STEPS || 1}
          value={threshold.value}
          onInput={(event) => set(event.currentTarget.valueAsNumber)}
        />
        <NumberInput
          id="threshold-number"
          label={w.threshold}
          value={Number(threshold.value.toPrecision(6))}
          onSet={set}
        />
      </div>
      <p role="status" class="note" data-testid="threshold-effect">
        {pixels.value === null ? w.thresholdNothingHere : w.thresholdEffect(pixels.value)}
      </p>
      <div class="actions">
        <button
          type="button"
          class="primary"
          data-testid="threshold-use"
          onClick={() => answer({ threshold: threshold.value })}
        >
          {w.thresholdUse}
        </button>
        {labels !== null && labels.length > 1 && (
          <Button data-testid="threshold-labels" onClick={() => answer("labels")}>
            {w.thresholdLabels(labels.length)}
          </Button>
        )}
        <Button onClick={() => answer(null)}>{w.cancel}</Button>
      </div>
    </section>
  );
}
