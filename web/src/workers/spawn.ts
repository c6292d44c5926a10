/** A Worker of this package's own script: start, status, death. */
import type { OverlayError } from "../errors.js";
import { newUid } from "../values/new-uid.js";
import type { ExporterStatus, StartedInfo } from "../values/status.js";
import { WorkerClient } from "./client.js";
import { makeWorker, type WorkerSource } from "./make-worker.js";
import type { StartingWorker } from "./pool.js";
import { PACKAGE_VERSION, type StartStatus } from "./protocol.js";
import { explainScript, Violations } from "./start-fault.js";

export interface SpawnOptions {
  readonly runtimeUrl: string;
  readonly worker: WorkerSource;
  readonly startTimeout: number;
  readonly onStatus: ((status: ExporterStatus) => void) | undefined;
}

/** Start worker number `worker`; its status goes to `onStatus`, its death after the start to `onDeath`. */
export function spawnWorker(
  worker: number,
  options: SpawnOptions,
  onDeath: (error: OverlayError) => void,
): StartingWorker {
  const tell = teller(options.onStatus);
  const locks = globalThis.navigator?.locks;
  const violations = new Violations();
  let isReady = false;
  try {
    const made = makeWorker(options.worker, `dicom-overlay ${worker + 1}`);
    const client = new WorkerClient(made.worker, {
      startTimeout: options.startTimeout,
      locks,
      explain: (event) => explainScript(made.script, event, violations),
      onDeath: (error) => {
        if (isReady) tell({ type: "failed", worker, error });
        onDeath(error);
      },
    });
    const lockName = locks === undefined ? null : `dicom-overlay-${newUid()}`;
    const settled = (): void => {
      made.release();
      violations.release();
    };
    const config = { version: PACKAGE_VERSION, runtimeUrl: options.runtimeUrl, lockName };
    const onStatus = (status: StartStatus): void => tell({ type: "starting", worker, ...status });
    const started = client.start(config, onStatus).then(
      (info: StartedInfo) => {
        settled();
        isReady = true;
        tell({ type: "ready", worker, ...info });
        return info;
      },
      (error: OverlayError) => {
        settled();
        // A caller that disposes of the exporter while it starts need not be told that it did not start.
        if (error.code !== "disposed") tell({ type: "failed", worker, error });
        throw error;
      },
    );
    const onEnd = (error: OverlayError | null): void =>
      tell(error === null ? { type: "ended", worker } : { type: "failed", worker, error });
    return { client, started, onEnd };
  } catch (error) {
    violations.release();
    tell({ type: "failed", worker, error: error as OverlayError });
    throw error;
  }
}

function teller(onStatus: SpawnOptions["onStatus"]): (status: ExporterStatus) => void {
  return (status) => {
    try {
      onStatus?.(status);
    } catch (error) {
      // The page's own fault must show, but must not look like a failed start.
      reportError(error);
    }
  };
}
