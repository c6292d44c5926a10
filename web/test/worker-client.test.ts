import { afterEach, describe, expect, it, vi } from "vitest";
import type { OverlayError } from "../src/errors.js";
import { WorkerClient } from "../src/workers/client.js";
import type { Job, StartConfig } from "../src/workers/protocol.js";
import { channel } from "./worker-port.js";

const config: StartConfig = {
  version: "0.1.0",
  runtimeUrl: "x/",
  lockName: null,
};
const job: Job<"order"> = { type: "order", instances: [] };
const order = { order: [], notices: [] };
const outcomes = (...slices: number[]) => [{ result: { ...order, order: slices } }];

function connect(options: { locks?: LockManager; startTimeout?: number } = {}) {
  const { near, far } = channel();
  const deaths: OverlayError[] = [];
  const client = new WorkerClient(near, {
    onDeath: (error) => deaths.push(error),
    startTimeout: options.startTimeout ?? 60_000,
    locks: options.locks,
  });
  return { client, near, far, deaths };
}

async function ready(options: { locks?: LockManager } = {}) {
  const all = connect(options);
  const start = all.client.start({ ...config, lockName: "a-lock" });
  await all.far.ready();
  await start;
  return all;
}

afterEach(() => {
  vi.useRealTimers();
});

describe("WorkerClient", () => {
  it("gives each answer to the request with its id, in any order", async () => {
    const { client, far } = await ready();
    const first = client.request("run", { jobs: [job] });
    const second = client.request("run", { jobs: [job] });
    const [a, b] = [await far.next(), await far.next()];
    far.send({ type: "done", id: b.id, result: outcomes(2) });
    far.send({ type: "done", id: a.id, result: outcomes(1) });
    expect(await first).toEqual(outcomes(1));
    expect(await second).toEqual(outcomes(2));
    client.terminate({} as OverlayError);
  });

  it("builds the worker's error again", async () => {
    const { client, far } = await ready();
    const failing = client.request("run", { jobs: [job] });
    const { id } = await far.next();
    far.send({
      type: "failed",
      id,
      error: { code: "group-in-use", message: "taken", detail: { group: 24576 } },
    });
    await expect(failing).rejects.toMatchObject({ code: "group-in-use", detail: { group: 24576 } });
    client.terminate({} as OverlayError);
  });

  it("tells of each request how far it is, and the worker once nobody waits for it", async () => {
    const { client, far } = await ready();
    const told: unknown[] = [];
    const control = new AbortController();
    const asked = client.request(
      "run",
      { jobs: [job] },
      { onStatus: (status) => told.push(status), signal: control.signal },
    );
    const { id } = await far.next();
    far.send({ type: "status", id: id + 1, status: "of another" });
    far.send({ type: "status", id, status: "half" });
    control.abort();
    expect(await far.next()).toEqual({ type: "cancel", id });
    far.send({ type: "done", id, result: [] });
    expect(await asked).toEqual([]);
    expect(told).toEqual(["half"]);
    client.terminate({} as OverlayError);
  });

  it("says nothing of an abort that comes after the answer", async () => {
    const { client, far } = await ready();
    const control = new AbortController();
    const asked = client.request("run", { jobs: [job] }, { signal: control.signal });
    const { id } = await far.next();
    far.send({ type: "done", id, result: outcomes(1) });
    await asked;
    control.abort();
    const next = client.request("run", { jobs: [job] });
    expect(await far.next()).toMatchObject({ type: "run" });
    client.terminate({} as OverlayError);
    await expect(next).rejects.toEqual({});
  });

  it.each(["error", "messageerror", "close"])(
    "rejects its promises when the worker dies by %s",
    async (type) => {
      const { client, near, far, deaths } = await ready();
      const lost = client.request("run", { jobs: [job] });
      near.emit(type);
      await expect(lost).rejects.toMatchObject({ code: "worker-died", detail: { cause: type } });
      expect(deaths).toHaveLength(1);
      expect(far.isTerminated).toBe(true);
      await expect(client.request("run", { jobs: [job] })).rejects.toMatchObject({ code: "worker-died" });
    },
  );

  it("rejects its promises when the worker closes its own end", async () => {
    const { client, far } = await ready();
    const lost = client.request("run", { jobs: [job] });
    far.port.close();
    await expect(lost).rejects.toMatchObject({ code: "worker-died", detail: { cause: "close" } });
  });

  it("learns from the lock that the worker was killed from outside", async () => {
    let release: () => void = () => undefined;
    const locks = {
      request: (_name: string, _options: unknown, callback: () => void) =>
        new Promise<void>((resolve) => {
          release = () => resolve(callback());
        }),
    } as unknown as LockManager;
    const { client, far } = await ready({ locks });
    far.send({ type: "alive" });
    const lost = client.request("run", { jobs: [job] });
    await far.next();
    release();
    await expect(lost).rejects.toMatchObject({ code: "worker-died", detail: { cause: "killed" } });
  });

  it("calls a death before the start is over a failed start", async () => {
    const { client, near, far } = connect();
    const start = client.start(config);
    await far.next();
    near.emit("error");
    await expect(start).rejects.toMatchObject({ code: "worker-start-failed", detail: { cause: "error" } });
  });

  it("gives a start up that shows no sign of life, and waits as long as there are signs", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { client, far } = connect({ startTimeout: 1000 });
    const start = client.start(config);
    start.catch(() => undefined);
    const { id } = await far.next();
    vi.advanceTimersByTime(900);
    const heard = new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port2.onmessage = () => {
        port2.close();
        resolve();
      };
      far.send({
        type: "status",
        id,
        status: { phase: "python", loadedBytes: 1, totalBytes: 2, note: null },
      });
      port1.postMessage(null);
    });
    await heard;
    vi.advanceTimersByTime(900);
    expect(far.isTerminated).toBe(false);
    vi.advanceTimersByTime(200);
    await expect(start).rejects.toMatchObject({ code: "worker-start-failed", detail: { cause: "timeout" } });
    expect(far.isTerminated).toBe(true);
  });

  it("ends with protocol-mismatch when something else answers", async () => {
    const { client, far } = connect();
    const start = client.start(config);
    far.send({ type: "hello" });
    await expect(start).rejects.toMatchObject({ code: "protocol-mismatch" });
  });

  it("fails the one request that cannot be sent, and lives on", async () => {
    const { client, far } = await ready();
    const uncloneable = { ...job, instances: [() => 1] } as unknown as typeof job;
    await expect(client.request("run", { jobs: [uncloneable] })).rejects.toMatchObject({
      code: "invalid-request",
    });
    const next = client.request("run", { jobs: [job] });
    const { id } = await far.next();
    far.send({ type: "done", id, result: outcomes(1) });
    await expect(next).resolves.toEqual(outcomes(1));
    client.terminate({} as OverlayError);
  });
});
