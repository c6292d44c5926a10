/** A Worker of this package's own script: start, status, death. The only module that says `new Worker`. */
import { OverlayError } from "./errors.js";
import type { StartingWorker } from "./pool.js";
import type { StartConfig, StartedInfo, StartPhase } from "./protocol.js";
import { WorkerClient } from "./worker-client.js";

/** One step of a worker's start, or its end. */
export type ExporterStatus =
  /** Starting: `phase` is what goes on, the bytes are those of the whole start. */
  | {
      readonly type: "starting";
      readonly worker: number;
      readonly phase: StartPhase;
      readonly loadedBytes: number;
      readonly totalBytes: number;
      /** Why a fallback was taken (`"snapshot-failed"`, …), else `null`. */
      readonly note: string | null;
    }
  | ({ readonly type: "ready"; readonly worker: number } & StartedInfo)
  /** The start failed, or a ready worker died; `error.code` says which. */
  | { readonly type: "failed"; readonly worker: number; readonly error: OverlayError };

export interface SpawnOptions {
  readonly runtimeUrl: string;
  readonly indexUrl: string | null;
  readonly packages: readonly string[];
  readonly snapshot: "use" | "ignore";
  readonly startTimeout: number;
  readonly onStatus: ((status: ExporterStatus) => void) | undefined;
}

/** Start worker number `worker`; its status goes to `onStatus`, its death after the start to `onDeath`. */
export function spawnWorker(
  worker: number,
  options: SpawnOptions,
  onDeath: (error: OverlayError) => void,
): StartingWorker {
  const tell = (status: ExporterStatus): void => {
    try {
      options.onStatus?.(status);
    } catch (error) {
      // The page's own fault must show, but must not look like a failed start.
      reportError(error);
    }
  };
  const locks = globalThis.navigator?.locks;
  const port = makeWorker();
  let isReady = false;
  const client = new WorkerClient(port, {
    startTimeout: options.startTimeout,
    locks,
    onStatus: ({ phase, loadedBytes, totalBytes, note }) =>
      tell({ type: "starting", worker, phase, loadedBytes, totalBytes, note }),
    onDeath: (error) => {
      if (isReady) tell({ type: "failed", worker, error });
      onDeath(error);
    },
  });
  const config: StartConfig = {
    runtimeUrl: options.runtimeUrl,
    indexUrl: options.indexUrl,
    packages: options.packages,
    snapshot: options.snapshot,
    lockName: locks === undefined ? null : `dicom-overlay-${randomHex()}`,
  };
  const started = client.start(config).then(
    (info: StartedInfo) => {
      isReady = true;
      tell({ type: "ready", worker, ...info });
      return info;
    },
    (error: OverlayError) => {
      tell({ type: "failed", worker, error });
      throw error;
    },
  );
  return { client, started };
}

function makeWorker(): Worker {
  try {
    // Vite and webpack look for exactly this expression to bundle the worker.
    return new Worker(new URL("./worker/main.js", import.meta.url), { type: "module" });
  } catch (error) {
    const message =
      "The browser refused to make the worker (Content-Security-Policy, or a script of another origin).";
    throw new OverlayError("worker-start-failed", message, { cause: "refused" }, { cause: error });
  }
}

/** `crypto.randomUUID` exists in secure contexts only. */
function randomHex(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
