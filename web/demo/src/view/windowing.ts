/** Window width and centre: by dragging, by numbers, by preset. */
import { computed, type ReadonlySignal } from "@preact/signals";
import { fullWindow, realValue, windowOf } from "../image/grey.js";
import type { DecodedFrame, Window } from "../image/protocol.js";
import * as state from "../model/state.js";

/** Named windows in the units of a modality, as radiology uses them: width and centre. */
const PRESETS: Readonly<
  Record<string, readonly (readonly [name: PresetName, width: number, level: number])[]>
> = {
  CT: [
    ["softTissue", 400, 50],
    ["lung", 1500, -600],
    ["bone", 2000, 400],
    ["brain", 80, 40],
    ["liver", 150, 90],
    ["vessels", 600, 200],
  ],
};

export type PresetName = "softTissue" | "lung" | "bone" | "brain" | "liver" | "vessels";

export interface Preset {
  readonly id: string;
  /** A preset of the page, or the name that the file gives. */
  readonly name: PresetName | "file" | "full" | "middle";
  readonly said: string;
  readonly window: Window | null;
}

/** The windows to choose from for the shown picture; none for colour. */
export const presets: ReadonlySignal<readonly Preset[]> = computed(() => {
  const frame = state.shown.value?.frame;
  if (frame === undefined || frame.rgba !== null) return [];
  return presetsOf(frame, state.picture.value?.source.facts.modality ?? "");
});

function presetsOf(frame: DecodedFrame, modality: string): Preset[] {
  const own = frame.windows.map(
    (window, k): Preset => ({ id: `file-${k}`, name: "file", said: window.name ?? "", window }),
  );
  const named = (frame.modality.unit === "HU" ? (PRESETS[modality] ?? []) : []).map(
    ([name, width, level]): Preset => ({ id: name, name, said: "", window: { width, level } }),
  );
  const middle: Preset = { id: "middle", name: "middle", said: "", window: middleWindow(frame) };
  const full: Preset = { id: "full", name: "full", said: "", window: fullWindow(frame) };
  return [...own, ...named, middle, full];
}

/** The window over all but the darkest and brightest two in a hundred. */
function middleWindow(frame: DecodedFrame): Window {
  const { values, padding, modality } = frame;
  const step = Math.max(1, Math.floor((values?.length ?? 0) / 20_000));
  const sample: number[] = [];
  for (let i = 0; i < (values?.length ?? 0); i += step) {
    const value = values?.[i] as number;
    if (value !== padding && Number.isFinite(value)) sample.push(realValue(modality, value));
  }
  if (sample.length === 0) return fullWindow(frame);
  sample.sort((a, b) => a - b);
  const at = (share: number): number => sample[Math.floor(share * (sample.length - 1))] as number;
  const [low, high] = [at(0.02), at(0.98)];
  return high > low ? { width: high - low, level: (high + low) / 2, shape: "exact" } : fullWindow(frame);
}

/** Change the window by screen pixels: right is wider, up is brighter. */
export function dragWindow(dx: number, dy: number): void {
  const frame = state.shown.value?.frame;
  if (frame === undefined || frame.rgba !== null) return;
  const used = windowOf(frame, state.userWindow.value);
  // A drag across the picture should cover the range, whatever its units.
  const pace = Math.max(used.width, Math.min(10, fullWindow(frame).width)) / 300;
  const least = fullWindow(frame).width / 4096;
  state.setWindow({ ...used, width: Math.max(least, used.width + dx * pace), level: used.level - dy * pace });
}
