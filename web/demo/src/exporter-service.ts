/** The exporter, started in the background once files are there; its state as words for the chip. */
import {
  createOverlayExporter,
  type ExporterStatus,
  type OverlayExporter,
  type StartPhase,
} from "dicom-overlay";

export interface ServiceState {
  readonly phase: "idle" | "starting" | "ready" | "failed";
  readonly text: string;
  /** 0 to 1; null while unknown. */
  readonly share: number | null;
}

const PHASE_WORDS: Readonly<Record<StartPhase, string>> = {
  runtime: "loading",
  python: "starting",
  packages: "loading packages",
  import: "almost ready",
};

export class ExporterService {
  state: ServiceState = { phase: "idle", text: "Python: starts with the first file", share: null };
  onState: (state: ServiceState) => void = () => undefined;
  private starting: Promise<OverlayExporter> | null = null;

  /** The exporter; a failed start is tried again by the next caller. */
  get(): Promise<OverlayExporter> {
    this.starting ??= this.start();
    return this.starting;
  }

  private async start(): Promise<OverlayExporter> {
    this.set({ phase: "starting", text: "Python: starting…", share: 0 });
    try {
      const exporter = await createOverlayExporter({
        runtimeUrl: new URL("./runtime/", document.baseURI).href,
        onStatus: (status) => this.follow(status),
      });
      this.set({ phase: "ready", text: "Python: ready", share: 1 });
      return exporter;
    } catch (error) {
      this.starting = null;
      this.set({ phase: "failed", text: "Python: did not start", share: null });
      throw error;
    }
  }

  private follow(status: ExporterStatus): void {
    if (status.type !== "starting" || this.state.phase === "ready") return;
    const share = status.totalBytes > 0 ? Math.min(1, status.loadedBytes / status.totalBytes) : null;
    const percent = share === null ? "" : ` ${Math.round(share * 100)} %`;
    this.set({ phase: "starting", text: `Python: ${PHASE_WORDS[status.phase]}${percent}`, share });
  }

  private set(state: ServiceState): void {
    this.state = state;
    this.onState(state);
  }
}
