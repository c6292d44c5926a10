/**
 * Turns movements of the wheel into steps: one notch of a mouse is one picture, and the many small ones of a
 * touchpad add up.
 */

/** Pixels of one event from which it is a notch; a touchpad sends smaller ones, one after the other. */
const NOTCH = 48;
/** Pixels of small events that are one picture. */
const STEP = 60;
/** What browsers report for one notch in units other than pixels. */
const UNITS_OF_NOTCH = 120;

type Turn = Pick<WheelEvent, "deltaY" | "deltaMode"> & { readonly wheelDeltaY?: number };

export class WheelSteps {
  private rest = 0;

  /** Pictures to step by: below 0 back, 0 while small events add up. */
  steps({ deltaY, deltaMode, wheelDeltaY = 0 }: Turn): number {
    const notches = wheelDeltaY / UNITS_OF_NOTCH;
    // Some browsers join fast notches into one event.
    if (notches !== 0 && Number.isInteger(notches)) return this.take(-notches);
    if (deltaMode !== 0 || Math.abs(deltaY) >= NOTCH) return this.take(Math.sign(deltaY));
    this.rest = Math.sign(this.rest) === -Math.sign(deltaY) ? deltaY : this.rest + deltaY;
    const steps = Math.trunc(this.rest / STEP) || 0;
    this.rest -= steps * STEP;
    return steps;
  }

  private take(steps: number): number {
    this.rest = 0;
    return steps;
  }
}
