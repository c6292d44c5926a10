/** One contender on one workload in this page: warm up, time each file, judge each output outside the timed part. */
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
}

export interface Verdict {
  readonly correct: boolean;
  readonly reason: string;
  readonly other_bytes_equal: boolean;
}

export interface Measured {
  /** Milliseconds for each file; one value for the whole batch where files were in flight together. */
  readonly samples: readonly number[];
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
    const begun = performance.now();
    do await run(contender, repeat(jobs, task.warmUp));
    while (performance.now() - begun < WARM_UP);
    const { written, samples } = await run(contender, jobs);
    const verdicts: Verdict[] = [];
    for (const [at, job] of jobs.entries()) {
      if (!task.contender.startsWith("floor")) verdicts.push(await judge(job, written[at] as Written));
    }
    return { samples, verdicts };
  } finally {
    contender.stop();
  }
}

const repeat = (jobs: readonly Job[], count: number): Job[] =>
  Array.from({ length: count }, (_, at) => jobs[at % jobs.length] as Job);

/** Write the files, one after the other or in one call; that one has one sample, the mean. */
async function run(
  contender: Contender,
  jobs: readonly Job[],
): Promise<{ written: Written[]; samples: number[] }> {
  if (contender.writeAll !== undefined) {
    const begun = performance.now();
    const written = await contender.writeAll(
      jobs.map(({ file }) => file),
      jobs.map(({ masks }) => masks),
    );
    return { written, samples: [(performance.now() - begun) / jobs.length] };
  }
  const written: Written[] = [];
  const samples: number[] = [];
  for (const { file, masks, image } of jobs) {
    const begun = performance.now();
    written.push(await contender.write(file, masks, image));
    samples.push(performance.now() - begun);
  }
  return { written, samples };
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

/** The server asks pydicom. */
async function judge({ file, image, masks }: Job, written: Written): Promise<Verdict> {
  const used = written.masks ?? masks;
  const { rows, columns, frames } = image;
  const query = new URLSearchParams({ file: file.name, planes: `${used.length}` });
  query.append("shape", frames > 1 ? `${frames},${rows},${columns}` : `${rows},${columns}`);
  const body = new Blob([...(used as Uint8Array<ArrayBuffer>[]), written.blob]);
  const response = await fetch(`judge?${query}`, { method: "POST", body });
  return (await response.json()) as Verdict;
}
