/** The exporter, started in the background once a picture is there; its state is shown by the chip. */
import { effect, type Signal, signal } from "@preact/signals";
import {
  createOverlayExporter,
  type ExporterStatus,
  type OverlayExporter,
  type StartPhase,
} from "dicom-overlay";
import { unlessAborted } from "../../../src/values/drawn.js";
import { picture, pictureFault, shown } from "./state.js";

export interface ServiceState {
  readonly phase: "idle" | "starting" | "ready" | "failed";
  readonly step: StartPhase | null;
  /** 0 to 1; null while it is unknown. */
  readonly share: number | null;
}

export const serviceState: Signal<ServiceState> = signal({ phase: "idle", step: null, share: null });

/** Milliseconds that Python waits for the first picture: one that takes longer is decoded beside its start. */
const PATIENCE = 3000;

let starting: Promise<OverlayExporter> | null = null;

/**
 * The exporter; a failed start is tried again by the next caller. Aborting does not end the start for other
 * callers.
 */
export async function getExporter(signal?: AbortSignal): Promise<OverlayExporter> {
  starting ??= start();
  return await unlessAborted(starting, signal);
}

/** Wait a while for the chosen picture, or for the reason why there is none: Python's start would slow it down. */
async function pictureCame(): Promise<void> {
  let end = (): void => undefined;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, PATIENCE);
    const stop = effect(() => {
      if (picture.value === null || shown.value !== null || pictureFault.value !== "") resolve();
    });
    end = () => {
      clearTimeout(timer);
      stop();
    };
  });
  end();
}

async function start(): Promise<OverlayExporter> {
  serviceState.value = { phase: "starting", step: null, share: 0 };
  await pictureCame();
  try {
    const exporter = await createOverlayExporter({
      runtimeUrl: new URL("./runtime/", document.baseURI).href,
      onStatus: follow,
    });
    serviceState.value = { phase: "ready", step: null, share: 1 };
    return exporter;
  } catch (error) {
    starting = null;
    serviceState.value = { phase: "failed", step: null, share: null };
    throw error;
  }
}

function follow(status: ExporterStatus): void {
  if (status.type !== "starting" || serviceState.peek().phase === "ready") return;
  const share = status.totalBytes > 0 ? Math.min(1, status.loadedBytes / status.totalBytes) : null;
  serviceState.value = { phase: "starting", step: status.phase, share };
}
