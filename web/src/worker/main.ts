/** Entry of the worker: wiring only; nobody imports it. */
import { toErrorRecord } from "../errors.js";
import { PACKAGE_VERSION, type WorkerRequest, type WorkerResponse } from "../workers/protocol.js";
import { handleJobs } from "./handle.js";
import { FileReaders } from "./read-ranges.js";
import { isFatal, type Runtime, startRuntime } from "./runtime.js";

declare const self: DedicatedWorkerGlobalScope;

const readers = new FileReaders();
let runtime: Promise<Runtime> | null = null;

// The handler is set before anything is awaited: messages posted meanwhile would be lost otherwise.
self.onmessage = async ({ data }: MessageEvent<WorkerRequest>): Promise<void> => {
  try {
    const { result, transfer } = await answer(data);
    post({ type: "done", id: data.id, result }, transfer);
  } catch (error) {
    post({ type: "failed", id: data.id, error: toErrorRecord(error) }, []);
    // An interpreter that broke down answers nothing any more: die, so that the page makes another worker.
    if (isFatal(error)) reportError(error);
  }
};

async function answer(request: WorkerRequest): Promise<{ result: unknown; transfer: Transferable[] }> {
  if (request.type === "start") {
    post({ type: "hello", version: PACKAGE_VERSION }, []);
    holdLock(request.config.lockName);
    runtime = startRuntime(request.config, (status) => post({ type: "status", ...status }, []));
    return { result: (await runtime).info, transfer: [] };
  }
  if (runtime === null) throw new Error("a job came before the start");
  const { outcomes, transfer } = await handleJobs((await runtime).bridge, readers, request.jobs);
  return { result: outcomes, transfer };
}

/** Hold the lock until this worker ends, however it ends; the page waits behind it. */
function holdLock(name: string | null): void {
  if (name === null) return;
  const held = navigator.locks.request(name, () => {
    post({ type: "alive" }, []);
    return new Promise<never>(() => undefined);
  });
  // Refused where the user blocks all storage: the page then does without the sign of life.
  held.catch(() => undefined);
}

function post(response: WorkerResponse, transfer: Transferable[]): void {
  self.postMessage(response, transfer);
}
