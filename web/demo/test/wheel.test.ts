import { describe, expect, it } from "vitest";
import { WheelSteps } from "../src/view/wheel.js";

/** Pictures stepped by for each of these events. */
function stepsOf(
  events: readonly Partial<{ deltaY: number; deltaMode: number; wheelDeltaY: number }>[],
): number[] {
  const wheel = new WheelSteps();
  return events.map((event) => wheel.steps({ deltaY: 0, deltaMode: 0, ...event }));
}

describe("the wheel", () => {
  it.each([
    ["100 pixels, as Chromium tells them", { deltaY: 100, wheelDeltaY: -120 }],
    ["120 pixels without a second number", { deltaY: 120 }],
    ["53 pixels", { deltaY: 53, wheelDeltaY: -120 }],
    ["3 lines, as Firefox tells them", { deltaY: 3, deltaMode: 1 }],
  ] as const)("goes one picture on with each notch of %s", (_, notch) => {
    expect(stepsOf(new Array(7).fill(notch))).toEqual(new Array(7).fill(1));
    const back = { ...notch, deltaY: -notch.deltaY, ...("wheelDeltaY" in notch ? { wheelDeltaY: 120 } : {}) };
    expect(stepsOf([notch, back, notch, back])).toEqual([1, -1, 1, -1]);
  });

  it("counts notches that come joined in one event", () => {
    expect(stepsOf([{ deltaY: 300, wheelDeltaY: -360 }])).toEqual([3]);
  });

  it("adds the small turns of a touchpad up, and forgets them when it turns back", () => {
    const small = { deltaY: 15, wheelDeltaY: -45 };
    expect(stepsOf(new Array(8).fill(small))).toEqual([0, 0, 0, 1, 0, 0, 0, 1]);
    expect(stepsOf([small, small, small, { deltaY: -15, wheelDeltaY: 45 }, small])).toEqual([0, 0, 0, 0, 0]);
  });
});
