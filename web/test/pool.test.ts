import { afterEach, describe, expect, it, vi } from "vitest";
import type { OverlayError } from "../src/errors.js";
import { WorkerClient } from "../src/workers/client.js";
import { type PoolOptions, WorkerPool } from "../src/workers/pool.js";
import type { Job, StartConfig } from "../src/workers/protocol.js";
import { channel, type FarEnd, type Message } from "./worker-port.js";

const config: StartConfig = {
  version: "0.1.0",
  runtimeUrl: "x/",
  lockName: null,
};

/** A pool over real channels; the test plays every worker. */
function makePool(size: number, options: Partial<PoolOptions> = {}) {
  const workers: (FarEnd & { emit(type: string): void })[] = [];
  const pool = new WorkerPool({
    size,
    graceTime: 60_000,
    idleTimeout: Number.POSITIVE_INFINITY,
    kept: 1,
    ...options,
    spawn: (_worker, onDeath) => {
      const { near, far } = channel();
      const client = new WorkerClient(near, {
        onDeath,
        startTimeout: 60_000,
        locks: undefined,
      });
      workers.push(Object.assign(far, { emit: near.emit }));
      return { client, started: client.start(config) };
    },
  });
  return { pool, workers, worker: (index: number) => workers[index] as (typeof workers)[number] };
}

const job = (mark: number): Job<"order"> => ({ type: "order", instances: [{ name: String(mark) } as never] });
const markOf = ({ instances }: Job<"order">): number => Number(instances[0]?.name);
const marksIn = (message: Message): number[] => (message["jobs"] as Job<"order">[]).map(markOf);
/** The marks of the jobs that a worker got, message by message. */
const messagesOf = (far: FarEnd): number[][] =>
  far.received.filter(({ type }) => type === "run").map(marksIn);
const jobsOf = (far: FarEnd): number[] => messagesOf(far).flat();
/** Answer every job of a message with its own mark. */
const done = (far: FarEnd, message: Message): void =>
  far.send({
    type: "done",
    id: message.id,
    result: marksIn(message).map((mark) => ({ result: { order: [mark], notices: [] } })),
  });
/** Answer messages until so many jobs are done. */
async function answer(far: FarEnd, count: number): Promise<void> {
  for (let answered = 0; answered < count; ) {
    const message = await far.next();
    answered += marksIn(message).length;
    done(far, message);
  }
}
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at);
const marksOf = (results: readonly { order: readonly number[] }[]): (number | undefined)[] =>
  results.map(({ order }) => order[0]);

async function warm(size: number, options?: Partial<PoolOptions>) {
  const made = makePool(size, options);
  const warming = made.pool.warm();
  await made.worker(0).ready();
  await warming;
  return made;
}

/** Settle what is under way on the channels, without waiting on a clock. */
async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const pools: WorkerPool[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const pool of pools.splice(0)) pool.dispose();
});

describe("WorkerPool", () => {
  it("sends a job at once, then what came meanwhile together, 16 in a message and two messages ahead", async () => {
    const { pool, worker } = await warm(1);
    pools.push(pool);
    const runs = range(1, 50).map((mark) => pool.run(job(mark)));
    await turns();
    expect(messagesOf(worker(0))).toEqual([[1], range(2, 17), range(18, 33)]);
    done(worker(0), await worker(0).next());
    await turns();
    expect(messagesOf(worker(0)).slice(3)).toEqual([range(34, 49)]);
    await answer(worker(0), 49);
    expect(messagesOf(worker(0)).at(-1)).toEqual([50]);
    expect(marksOf(await Promise.all(runs))).toEqual(range(1, 50));
  });

  it("sends a worker without work what there is, and one that works nothing but full messages ahead", async () => {
    const { pool, worker } = await warm(1);
    pools.push(pool);
    const runs = range(1, 9).map((mark) => pool.run(job(mark)));
    await turns();
    expect(messagesOf(worker(0))).toEqual([[1]]);
    done(worker(0), await worker(0).next());
    await turns();
    expect(messagesOf(worker(0))).toEqual([[1], range(2, 9)]);
    done(worker(0), await worker(0).next());
    expect(marksOf(await Promise.all(runs))).toEqual(range(1, 9));
  });

  it("leaves some of a few jobs to a worker that is still starting", async () => {
    const { pool, worker, workers } = await warm(2);
    pools.push(pool);
    const runs = range(1, 4).map((mark) => pool.run(job(mark)));
    await turns();
    expect(messagesOf(worker(0))).toEqual([[1]]);
    expect(workers).toHaveLength(2);
    await worker(1).ready();
    await turns();
    expect(messagesOf(worker(1))).toEqual([[2]]);
    done(worker(1), await worker(1).next());
    await turns();
    expect(messagesOf(worker(1))).toEqual([[2], [3]]);
    done(worker(0), await worker(0).next());
    await turns();
    expect(messagesOf(worker(0))).toEqual([[1], [4]]);
    done(worker(0), await worker(0).next());
    done(worker(1), await worker(1).next());
    expect(marksOf(await Promise.all(runs))).toEqual(range(1, 4));
  });

  it("shares many jobs out, so that workers end together", async () => {
    const { pool, worker } = await warm(2);
    pools.push(pool);
    const runs = range(1, 40).map((mark) => pool.run(job(mark)));
    await turns();
    await worker(1).ready();
    await turns();
    const sizes = [worker(0), worker(1)].map((far) => messagesOf(far).map(({ length }) => length));
    expect(sizes[0]?.[0]).toBe(1);
    expect(Math.max(...sizes.flat())).toBeLessThanOrEqual(10);
    let left = 40;
    const work = async (far: FarEnd): Promise<void> => {
      while (left > 0) {
        const message = await far.next();
        left -= marksIn(message).length;
        done(far, message);
      }
    };
    void Promise.all([work(worker(0)), work(worker(1))]);
    expect(marksOf(await Promise.all(runs))).toEqual(range(1, 40));
    expect(new Set([...jobsOf(worker(0)), ...jobsOf(worker(1))]).size).toBe(40);
  });

  it("gives each job of a message its own outcome", async () => {
    const { pool, worker } = await warm(1);
    pools.push(pool);
    const first = pool.run(job(0));
    const runs = Promise.allSettled(range(1, 16).map((mark) => pool.run(job(mark))));
    done(worker(0), await worker(0).next());
    await first;
    const message = await worker(0).next();
    const result = marksIn(message).map((mark) =>
      mark === 7
        ? { error: { code: "not-dicom", message: "no", detail: { found: 3 } } }
        : { result: { order: [mark], notices: [] } },
    );
    worker(0).send({ type: "done", id: message.id, result });
    for (const [at, outcome] of (await runs).entries()) {
      if (at + 1 === 7) {
        expect(outcome).toMatchObject({ reason: { code: "not-dicom", detail: { found: 3 } } });
      } else expect(outcome).toMatchObject({ value: { order: [at + 1] } });
    }
  });

  it("rejects an aborted job of a message at once, and gives the others their results", async () => {
    const { pool, worker } = await warm(1);
    pools.push(pool);
    const first = pool.run(job(0));
    const control = new AbortController();
    const runs = range(1, 16).map((mark) =>
      pool.run(job(mark), mark === 5 ? { signal: control.signal } : {}),
    );
    done(worker(0), await worker(0).next());
    await first;
    const message = await worker(0).next();
    expect(marksIn(message)).toEqual(range(1, 16));
    const reason = new Error("not wanted");
    control.abort(reason);
    await expect(runs[4]).rejects.toBe(reason);
    done(worker(0), message);
    const settled = await Promise.allSettled(runs);
    expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(15);
  });

  it("tells the worker to leave a message once every job of it is aborted", async () => {
    const { pool, worker } = await warm(1);
    pools.push(pool);
    const first = pool.run(job(0));
    const controls = range(1, 3).map(() => new AbortController());
    const runs = controls.map(({ signal }, at) => pool.run(job(at + 1), { signal }));
    const settled = Promise.allSettled(runs);
    done(worker(0), await worker(0).next());
    await first;
    const message = await worker(0).next();
    const cancels = (): Message[] => worker(0).received.filter(({ type }) => type === "cancel");
    controls[0]?.abort();
    controls[1]?.abort();
    await turns();
    expect(cancels()).toEqual([]);
    controls[2]?.abort();
    await turns();
    expect(cancels()).toEqual([{ type: "cancel", id: message.id }]);
    worker(0).send({ type: "done", id: message.id, result: [] });
    expect((await settled).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  });

  it("keeps a message's jobs to 4 MB together, and sends a larger one alone", async () => {
    const { pool, worker } = await warm(1);
    pools.push(pool);
    const megabytes = [0, 2, 2, 1, 9, 1];
    const runs = megabytes.map((size, mark) => pool.run(job(mark), { weight: size * 1024 * 1024 }));
    await answer(worker(0), megabytes.length);
    expect(messagesOf(worker(0))).toEqual([[0], [1, 2], [3], [4], [5]]);
    expect(marksOf(await Promise.all(runs))).toEqual(range(0, 5));
  });

  it("does a message again job by job where it failed as a whole or could not be sent", async () => {
    const { pool, worker } = await warm(1);
    pools.push(pool);
    const first = pool.run(job(0));
    const odd = { type: "order", instances: [() => 1] } as unknown as Job<"order">;
    const runs = Promise.allSettled([pool.run(job(1)), pool.run(odd), pool.run(job(2))]);
    done(worker(0), await worker(0).next());
    await first;
    const again = await worker(0).next();
    expect(marksIn(again)).toEqual([1]);
    worker(0).send({ type: "failed", id: again.id, error: { code: "internal", message: "x", detail: {} } });
    done(worker(0), await worker(0).next());
    const [one, two, three] = await runs;
    expect(one).toMatchObject({ reason: { code: "internal" } });
    expect(two).toMatchObject({ reason: { code: "invalid-request" } });
    expect(three).toMatchObject({ value: { order: [2] } });
  });

  it("keeps to one worker where one is enough", async () => {
    const { pool, worker, workers } = await warm(4);
    pools.push(pool);
    const run = pool.run(job(1));
    done(worker(0), await worker(0).next());
    await run;
    expect(workers).toHaveLength(1);
  });

  it("does the jobs of a worker that died again, unnoticed, each with a worker for itself", async () => {
    const { pool, worker } = await warm(1);
    pools.push(pool);
    const first = pool.run(job(0));
    const runs = [1, 2, 3].map((mark) => pool.run(job(mark)));
    done(worker(0), await worker(0).next());
    await first;
    expect(marksIn(await worker(0).next())).toEqual([1, 2, 3]);
    worker(0).emit("error");
    await turns();
    await worker(1).ready();
    for (const mark of [1, 2, 3]) {
      const message = await worker(1).next();
      await turns();
      expect(messagesOf(worker(1)).length).toBe(mark);
      expect(marksIn(message)).toEqual([mark]);
      done(worker(1), message);
    }
    expect(marksOf(await Promise.all(runs))).toEqual([1, 2, 3]);
  });

  it("rejects the job whose second worker died with it, and no other", async () => {
    const { pool, worker } = await warm(1);
    pools.push(pool);
    const before = pool.run(job(0));
    const settled = Promise.allSettled([1, 2].map((mark) => pool.run(job(mark))));
    done(worker(0), await worker(0).next());
    await before;
    expect(marksIn(await worker(0).next())).toEqual([1, 2]);
    worker(0).emit("error");
    await turns();
    await worker(1).ready();
    await worker(1).next();
    worker(1).emit("error");
    await turns();
    await worker(2).ready();
    done(worker(2), await worker(2).next());
    const [first, second] = await settled;
    expect(first).toMatchObject({ status: "rejected", reason: { code: "worker-died" } });
    expect(second).toMatchObject({ status: "fulfilled", value: { order: [2] } });
  });

  it("rejects a job with worker-died whose buffers were moved away", async () => {
    const { pool, worker } = await warm(1);
    pools.push(pool);
    const moved = pool.run(job(1), { transfer: [new ArrayBuffer(8)] });
    const kept = pool.run(job(2));
    await worker(0).next();
    worker(0).emit("error");
    await expect(moved).rejects.toMatchObject({ code: "worker-died" });
    await worker(1).ready();
    done(worker(1), await worker(1).next());
    expect((await kept).order).toEqual([2]);
  });

  it("rejects waiting jobs when no worker can start, and tries again for the next job", async () => {
    const { pool, worker } = await warm(1);
    pools.push(pool);
    worker(0).emit("error");
    const waiting = pool.run(job(2));
    worker(1).emit("error");
    await expect(waiting).rejects.toMatchObject({ code: "worker-start-failed" });
    const later = pool.run(job(3));
    await worker(2).ready();
    done(worker(2), await worker(2).next());
    await expect(later).resolves.toMatchObject({ order: [3] });
  });

  it("goes on with the workers it has when another does not start", async () => {
    const { pool, worker } = await warm(2);
    pools.push(pool);
    const runs = [1, 2, 3].map((mark) => pool.run(job(mark)));
    worker(1).emit("error");
    await answer(worker(0), 3);
    expect(marksOf(await Promise.all(runs))).toEqual([1, 2, 3]);
  });

  it("rejects with signal.reason before it starts", async () => {
    const { pool, worker } = await warm(1);
    pools.push(pool);
    const reason = new Error("not wanted");
    await expect(pool.run(job(1), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(jobsOf(worker(0))).toEqual([]);
  });

  it("rejects with signal.reason while waiting in the queue, and never sends the job", async () => {
    const { pool, worker } = await warm(1);
    pools.push(pool);
    const control = new AbortController();
    const runs = [1, 2, 3, 4].map((mark) => pool.run(job(mark)));
    const waiting = pool.run(job(5), { signal: control.signal });
    const reason = new Error("not wanted");
    control.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await answer(worker(0), 4);
    await Promise.all(runs);
    expect(jobsOf(worker(0))).toEqual([1, 2, 3, 4]);
  });

  it("rejects with signal.reason while running, and keeps the worker that answers in time", async () => {
    const { pool, worker, workers } = await warm(1);
    pools.push(pool);
    const control = new AbortController();
    const running = pool.run(job(1), { signal: control.signal });
    const message = await worker(0).next();
    const reason = new Error("not wanted");
    control.abort(reason);
    await expect(running).rejects.toBe(reason);
    expect(await worker(0).next()).toEqual({ type: "cancel", id: message.id });
    done(worker(0), message);
    const next = pool.run(job(2));
    done(worker(0), await worker(0).next());
    await expect(next).resolves.toMatchObject({ order: [2] });
    expect(workers).toHaveLength(1);
  });

  it("replaces a worker that is stuck on an aborted job after the grace time", async () => {
    const { pool, worker } = await warm(1, { graceTime: 1000 });
    pools.push(pool);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const control = new AbortController();
    const stuck = pool.run(job(1), { signal: control.signal });
    await worker(0).next();
    control.abort();
    await expect(stuck).rejects.toMatchObject({ name: "AbortError" });
    vi.advanceTimersByTime(999);
    expect(worker(0).isTerminated).toBe(false);
    vi.advanceTimersByTime(1);
    expect(worker(0).isTerminated).toBe(true);
    const next = pool.run(job(2));
    await worker(1).ready();
    done(worker(1), await worker(1).next());
    await expect(next).resolves.toMatchObject({ order: [2] });
  });

  it("does the other job on a stuck worker again, and no call but the aborted one notices", async () => {
    const { pool, worker } = await warm(1, { graceTime: 10 });
    pools.push(pool);
    const control = new AbortController();
    const stuck = pool.run(job(1), { signal: control.signal });
    const innocent = pool.run(job(2));
    await worker(0).next();
    control.abort();
    await expect(stuck).rejects.toMatchObject({ name: "AbortError" });
    await vi.waitFor(() => expect(worker(0).isTerminated).toBe(true));
    await worker(1).ready();
    done(worker(1), await worker(1).next());
    expect((await innocent).order).toEqual([2]);
  });

  it("ends a worker without work after a time, the last one too where none is kept, and starts another", async () => {
    const { pool, worker } = await warm(1, { idleTimeout: 5, kept: 0 });
    pools.push(pool);
    await vi.waitFor(() => expect(worker(0).isTerminated).toBe(true));
    const run = pool.run(job(1));
    await worker(1).ready();
    done(worker(1), await worker(1).next());
    expect((await run).order).toEqual([1]);
  });

  it("keeps the last worker, and one that has work", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { pool, worker } = await warm(2, { idleTimeout: 5 });
    pools.push(pool);
    const runs = [1, 2, 3].map((mark) => pool.run(job(mark)));
    await answer(worker(0), 3);
    await Promise.all(runs);
    await worker(1).ready();
    vi.advanceTimersByTime(1000);
    expect([worker(0), worker(1)].filter(({ isTerminated }) => isTerminated)).toHaveLength(1);
  });

  it("does nothing when the signal aborts after the job is done", async () => {
    const { pool, worker } = await warm(1);
    pools.push(pool);
    const control = new AbortController();
    const run = pool.run(job(1), { signal: control.signal });
    done(worker(0), await worker(0).next());
    await run;
    control.abort();
    await turns();
    expect(worker(0).isTerminated).toBe(false);
  });

  it("rejects running and waiting jobs with disposed, and every later one", async () => {
    const { pool, worker } = await warm(1);
    const settled = Promise.allSettled([1, 2, 3].map((mark) => pool.run(job(mark))));
    await worker(0).next();
    pool.dispose();
    pool.dispose();
    for (const result of await settled) {
      expect(result).toMatchObject({ status: "rejected", reason: { code: "disposed" } });
    }
    await expect(pool.run(job(4))).rejects.toMatchObject({
      code: "disposed",
    } satisfies Partial<OverlayError>);
    expect(worker(0).isTerminated).toBe(true);
  });

  it("rejects a start that is under way with disposed", async () => {
    const { pool } = makePool(1);
    const warming = pool.warm();
    pool.dispose();
    await expect(warming).rejects.toMatchObject({ code: "disposed" });
  });
});
