/** One contender on one workload in this page: warm up, time each file, judge each output outside the timed part. */
import { findFault, isInsertion } from "./check.js";
import { type Contender, contenders, type ImageFacts, type Written } from "./contenders.js";
import { fetchFile } from "./load.js";
import { makeMask, makeVolume } from "./masks.js";

export interface Task {
  readonly workload: string;
  readonly contender: string;
  /** One entry a file; the files are those of the page's input, or fetched by name where the input is empty. */
  readonly files: readonly (ImageFacts & { readonly file: string })[];
  readonly planes: number;
  /** Number of the first mask, so that every round has new ones. */
  readonly first: number;
  readonly warmUp: number;
  /** Where outputs are judged natively too, or `null`. */
  readonly judgeUrl: string | null;
}

export interface Verdict {
  readonly correct: boolean;
  readonly reason: string;
  readonly damage: readonly string[];
  readonly other_bytes_equal: boolean;
}

export interface Measured {
  /** Milliseconds for each file; one value for the whole batch where files were in flight together. */
  readonly samples: readonly number[];
  /** Milliseconds from the first file's start to the last one's end, where each was timed alone: their sum. */
  readonly total: number;
  readonly verdicts: readonly Verdict[];
}

interface Job {
  readonly file: File;
  readonly image: Task["files"][number];
  readonly masks: readonly Uint8Array[];
}

/**
 * Milliseconds that every contender works before it is timed, at least. Engines compile by the work done: counted in
 * files alone, a slow contender would be warmer than a quick one.
 */
const WARM_UP = 500;

/** Run one task. */
export async function measure(task: Task): Promise<Measured> {
  const start = contenders[task.contender];
  if (start === undefined) throw new Error(`no contender ${task.contender}`);
  const jobs = await makeJobs(task);
  const contender = await start();
  try {
    // Together first, which makes a pool start its workers; then, all of them started, once more.
    const inFlight = contender.inFlight ?? 1;
    if (inFlight > 1) await Promise.all(repeat(jobs, inFlight * 4).map((job) => write(contender, job)));
    await contender.allReady;
    const begun = performance.now();
    do await runTogether(contender, repeat(jobs, task.warmUp * inFlight), inFlight);
    while (performance.now() - begun < WARM_UP);
    const { written, samples, total } = await (contender.inFlight === undefined || contender.inFlight === 1
      ? runSingly(contender, jobs)
      : runTogether(contender, jobs, contender.inFlight));
    const isFloor = task.contender.startsWith("floor");
    const verdicts: Verdict[] = [];
    for (const [at, job] of jobs.entries()) {
      if (!isFloor) verdicts.push(await judge(task, job, written[at] as Written));
    }
    return { samples, total, verdicts };
  } finally {
    contender.stop();
  }
}

const repeat = (jobs: readonly Job[], count: number): Job[] =>
  Array.from({ length: count }, (_, at) => jobs[at % jobs.length] as Job);

const write = (contender: Contender, { file, masks, image }: Job): Promise<Written> =>
  contender.write(file, masks, image);

interface Timed {
  readonly written: Written[];
  readonly samples: number[];
  readonly total: number;
}

async function runSingly(contender: Contender, jobs: readonly Job[]): Promise<Timed> {
  const written: Written[] = [];
  const samples: number[] = [];
  for (const job of jobs) {
    const begun = performance.now();
    written.push(await write(contender, job));
    samples.push(performance.now() - begun);
  }
  return { written, samples, total: samples.reduce((sum, ms) => sum + ms, 0) };
}

async function runTogether(contender: Contender, jobs: readonly Job[], inFlight: number): Promise<Timed> {
  const written: Written[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < jobs.length; at = next++)
      written[at] = await write(contender, jobs[at] as Job);
  };
  const begun = performance.now();
  await Promise.all(Array.from({ length: inFlight }, lane));
  const total = performance.now() - begun;
  return { written, samples: [total / jobs.length], total };
}

async function makeJobs({ files, planes, first }: Task): Promise<Job[]> {
  const input = document.querySelector<HTMLInputElement>("#files");
  const given = new Map([...(input?.files ?? [])].map((file) => [file.name, file]));
  const fetched = new Map<string, File>();
  const jobs: Job[] = [];
  for (const [at, image] of files.entries()) {
    const { file: name, rows, columns, frames } = image;
    const file = given.get(name) ?? fetched.get(name) ?? (await fetchFile(name));
    if (!given.has(name)) fetched.set(name, file);
    const masks = Array.from({ length: planes }, (_, plane) => {
      const number = first + at + plane * 10_000;
      return frames > 1 ? makeVolume(number, frames, rows, columns) : makeMask(number, rows, columns);
    });
    jobs.push({ file, image, masks });
  }
  return jobs;
}

async function judge({ judgeUrl }: Task, { file, image, masks }: Job, written: Written): Promise<Verdict> {
  const used = written.masks ?? masks;
  if (judgeUrl !== null) {
    const body = new Blob([...(used as Uint8Array<ArrayBuffer>[]), written.blob]);
    const { rows, columns, frames } = image;
    const query = new URLSearchParams({ file: image.file, planes: `${used.length}` });
    query.append("shape", frames > 1 ? `${frames},${rows},${columns}` : `${rows},${columns}`);
    const response = await fetch(`${judgeUrl}?${query}`, { method: "POST", body });
    return (await response.json()) as Verdict;
  }
  const source = new Uint8Array(await file.arrayBuffer());
  const output = new Uint8Array(await written.blob.arrayBuffer());
  const reason = findFault(source, output, used);
  return { correct: reason === "", reason, damage: [], other_bytes_equal: isInsertion(source, output) };
}
