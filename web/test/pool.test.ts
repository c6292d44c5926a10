import { afterEach, describe, expect, it, vi } from "vitest";
import type { OverlayError } from "../src/errors.js";
import { WorkerClient } from "../src/workers/client.js";
import { type PoolOptions, WorkerPool } from "../src/workers/pool.js";
import type { Job, StartConfig } from "../src/workers/protocol.js";
import { channel, type FarEnd, type Message } from "./worker-port.js";

const config: StartConfig = {
  version: "0.1.0",
  runtimeUrl: "x/",
  indexUrl: null,
  packages: [],
  lockName: null,
  snapshot: "ignore",
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
        onStatus: () => undefined,
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
const markOf = (message: Message): number => Number((message["instances"] as { name: string }[])[0]?.name);
const jobsOf = (far: FarEnd): number[] => far.received.filter(({ type }) => type === "order").map(markOf);
const done = (far: FarEnd, message: Message): void =>
  far.send({ type: "done", id: message.id, result: { order: [markOf(message)], notices: [] } });

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
  it("never gives a worker more than four jobs, and starts another where jobs wait", async () => {
    const { pool, worker, workers } = await warm(2);
    pools.push(pool);
    const marks = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    const runs = marks.map((mark) => pool.run(job(mark)));
    await turns();
    expect(jobsOf(worker(0))).toEqual([1, 2, 3, 4]);
    expect(workers).toHaveLength(2);
    await worker(1).ready();
    await turns();
    expect(jobsOf(worker(1))).toEqual([5, 6, 7, 8]);
    done(worker(0), await worker(0).next());
    await turns();
    expect(jobsOf(worker(0))).toEqual([1, 2, 3, 4, 9]);
    for (const at of [0, 1, 0, 1, 0, 1, 0, 1]) done(worker(at), await worker(at).next());
    expect((await Promise.all(runs)).map(({ order }) => order[0])).toEqual(marks);
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
    const runs = [1, 2, 3].map((mark) => pool.run(job(mark)));
    await worker(0).next();
    worker(0).emit("error");
    await turns();
    await worker(1).ready();
    for (const mark of [1, 2, 3]) {
      const message = await worker(1).next();
      await turns();
      expect(jobsOf(worker(1)).length).toBe(mark);
      expect(markOf(message)).toBe(mark);
      done(worker(1), message);
    }
    expect((await Promise.all(runs)).map(({ order }) => order[0])).toEqual([1, 2, 3]);
  });

  it("rejects the job whose second worker died with it, and no other", async () => {
    const { pool, worker } = await warm(1);
    pools.push(pool);
    const settled = Promise.allSettled([1, 2].map((mark) => pool.run(job(mark))));
    await worker(0).next();
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
    for (let count = 0; count < 3; count++) done(worker(0), await worker(0).next());
    expect((await Promise.all(runs)).map(({ order }) => order[0])).toEqual([1, 2, 3]);
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
    for (let count = 0; count < 4; count++) done(worker(0), await worker(0).next());
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
    for (const _ of runs) done(worker(0), await worker(0).next());
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
