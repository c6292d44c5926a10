/**
 * A gate before the page's workers, which a test holds: what the page asks of them waits until the gate opens. So a test
 * that cancels, or looks at what is there only while work goes on, never has to be quicker than the work.
 */

/** Runs in the page before its own scripts. */
export function installGate() {
  let held = null;
  let kinds = [];
  const { postMessage } = Worker.prototype;
  const typesOf = ({ type, request, jobs = [] }) => [request?.type ?? type, ...jobs.map((job) => job.type)];
  const isHeld = (message) => kinds.length === 0 || typesOf(message).some((type) => kinds.includes(type));
  Worker.prototype.postMessage = function (message, ...rest) {
    const send = () => postMessage.call(this, message, ...rest);
    if (held === null || !isHeld(message)) send();
    else held.push(send);
  };
  globalThis.gate = {
    close: (only) => {
      held = [];
      kinds = only;
    },
    open: () => {
      const waiting = held ?? [];
      held = null;
      for (const send of waiting) send();
    },
    isWaitedFor: () => held !== null && held.length > 0,
  };
}

/** Close the gate: for all that is asked of workers, or only for requests of these types. */
export async function closeGate(page, ...only) {
  await page.evaluate((types) => globalThis.gate.close(types), only);
}

/** Press Cancel while the work waits at the gate, then let it through. */
export async function cancelAtGate(page) {
  await page.waitForFunction(() => globalThis.gate.isWaitedFor());
  await page.waitForSelector('[data-testid="cancel-button"]', { visible: true });
  await page.click('[data-testid="cancel-button"]');
  await page.evaluate(() => globalThis.gate.open());
}
