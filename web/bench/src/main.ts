/** What the driver calls on the page, `measure`: warm a way up, time its passes, and judge what it wrote outside the timed part. */
import { startBatch } from "./batches.js";
import { contenders, type Work, type Written } from "./contenders.js";
import { files, makeMask, SIZE } from "./page.js";

interface Task {
  readonly way: string;
  readonly count: number;
  readonly frames?: number;
  /** Planes of each file. */
  readonly planes?: number;
  /** The number of the first mask, so that every pass on a page of its own has new ones; absent: all have one mask. */
  readonly first?: number;
  readonly rounds?: number;
  /** Nothing is done before the first pass. */
  readonly isCold?: boolean;
  /** The server knows the files, and asks pydicom what it thinks of the outputs. */
  readonly isJudged?: boolean;
}

/**
 * Milliseconds that every way works before it is timed, at least. Engines compile by the work done: counted in files
 * alone, a slow way would be warmer than a quick one.
 */
const WARM_UP = 500;
/** Files of a pass that warms up, at most: slow ways take a second for each. */
const FEW = 10;

/** Returns milliseconds a file for each pass, pydicom's verdicts, and what is wrong (empty where nothing is). */
async function measure(task: Task): Promise<{ samples: number[]; verdicts: unknown[]; fault: string }> {
  const { way, rounds = 1, isCold = false, isJudged = false } = task;
  const work = await makeWork(task);
  const contender = await (contenders[way] ?? (() => startBatch(way)))();
  const few = isJudged ? { ...work, files: work.files.slice(0, way.includes("loop") ? 1 : FEW) } : work;
  try {
    const until = performance.now() + WARM_UP;
    if (!isCold) {
      do await contender.run(few);
      while (performance.now() < until);
    }
    const samples: number[] = [];
    let done: readonly Written[] | number = 0;
    let fault = "";
    for (let round = 0; round < rounds; round++) {
      const begun = performance.now();
      done = await contender.run(work);
      samples.push((performance.now() - begun) / task.count);
      fault ||= await faultOf(work, done);
    }
    const verdicts = [];
    if (isJudged && !way.startsWith("floor") && typeof done !== "number") {
      for (const [at, written] of done.entries()) verdicts.push(await judge(work, at, written));
    }
    return { samples, verdicts, fault };
  } finally {
    await contender.stop?.();
  }
}

async function makeWork({ count, frames = 1, planes = 1, first }: Task): Promise<Work> {
  const one = first === undefined && frames === 1 && planes === 1 ? [makeMask(1)] : null;
  const masks = Array.from(
    { length: count },
    (_, at) =>
      one ??
      Array.from({ length: planes }, (_, plane) => makeMask((first ?? 0) + at + plane * 10_000, frames)),
  );
  return { files: await files(count), masks, frames };
}

/** Every file is done, and ends as it did. */
async function faultOf({ files }: Work, done: readonly Written[] | number): Promise<string> {
  if (typeof done === "number") return done === files.length ? "" : `${done} of ${files.length} files`;
  for (const [at, file] of files.entries()) {
    const ends = [file, done[at]?.blob ?? new Blob()].map((blob) => blob.slice(-32).text());
    const [before, after] = await Promise.all(ends);
    if (before !== after) return `file ${at} does not end as it did`;
  }
  return "";
}

async function judge({ files, masks, frames }: Work, at: number, written: Written): Promise<unknown> {
  const used = written.masks ?? masks[at] ?? [];
  const shape = [used.length, ...(frames > 1 ? [frames] : []), SIZE, SIZE];
  const query = new URLSearchParams({ file: files[at]?.name ?? "", shape: shape.join() });
  const response = await fetch(`judge?${query}`, { method: "POST", body: new Blob([...used, written.blob]) });
  return await response.json();
}

Object.assign(globalThis, { measure });
