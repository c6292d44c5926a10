/** The page: `bench` for the driver, and a Start button for a person. */

import { batch } from "./batches.js";
import { tellsWholeMilliseconds } from "./clock.js";
import { contenders } from "./contenders.js";
import { type Measured, measure } from "./measure.js";
import { compare, series, size } from "./runs.js";
import { drawChart, type Line, showTable } from "./show.js";

declare global {
  var bench: object;
}

globalThis.bench = { measure, series, size, compare, batch };

const OURS = "ours-exporter";
const BY_HAND = Object.keys(contenders).filter((name) => name !== "ours-pool-4");

const element = <T extends HTMLElement>(selector: string): T => {
  const found = document.querySelector<T>(selector);
  if (found === null) throw new Error(`no ${selector}`);
  return found;
};

element("#start").addEventListener("click", async () => {
  const button = element<HTMLButtonElement>("#start");
  button.disabled = true;
  try {
    await runAll(element<HTMLInputElement>("#count").valueAsNumber || 10);
  } catch (error) {
    element("#status").textContent = `Stopped: ${String(error)}`;
  } finally {
    button.disabled = false;
  }
});

async function runAll(count: number): Promise<void> {
  const names = BY_HAND.filter((name) => name !== "spike+loop" || element<HTMLInputElement>("#slow").checked);
  const files = Array.from({ length: count }, (_, index) => {
    return { file: `ct-${String(index).padStart(4, "0")}.dcm`, rows: 512, columns: 512, frames: 1 };
  });
  const coarse = tellsWholeMilliseconds();
  const lines: Line[] = [];
  for (const contender of names) {
    element("#status").textContent = `${contender} …`;
    const task = { workload: "spike", contender, files, planes: 1, first: 0, warmUp: 2, judgeUrl: null };
    lines.push(lineOf(contender, await measure(task), coarse));
    showTable(element("table"), lines, OURS);
    drawChart(element("#chart"), lines, OURS);
  }
  const means = coarse
    ? " This browser's clock tells whole milliseconds, so these are means, not medians."
    : "";
  element("#status").textContent = `Done, ${count} files each.${means}`;
  element("details").hidden = false;
  element("#json").textContent = JSON.stringify(
    { userAgent: navigator.userAgent, files: count, lines },
    null,
    1,
  );
}

function lineOf(contender: string, { samples, total, verdicts }: Measured, coarse: boolean): Line {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const wrong = verdicts.find(({ correct }) => !correct);
  return {
    contender,
    median: coarse && samples.length > 1 ? total / samples.length : at(0.5),
    p95: at(0.95),
    samples,
    judged: verdicts.length,
    fault: wrong?.reason ?? "",
  };
}
