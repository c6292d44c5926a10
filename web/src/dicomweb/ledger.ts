/** What became of each result so far; every result gets exactly one entry, whatever else goes wrong. */
import { OverlayError } from "../errors.js";
import type { StoredInstance, StoreOptions, StoreReport } from "./store-report.js";

/** The result that an entry is about. */
export interface Place {
  readonly name: string;
  readonly index: number;
  readonly sopInstanceUid: string | null;
  /** Bytes of the instance. */
  readonly size?: number | undefined;
}

export type Settlement = Pick<StoredInstance, "outcome"> &
  Partial<Pick<StoredInstance, "reason" | "message" | "error" | "asked">>;

/** The report that is being put together. */
export class Ledger {
  readonly #instances: StoredInstance[] = [];
  readonly #settled = new Set<number>();
  readonly #onProgress: StoreOptions["onProgress"];
  readonly #signal: AbortSignal | undefined;
  #error: OverlayError | null = null;
  #bytes = 0;

  constructor({ onProgress, signal }: Pick<StoreOptions, "onProgress" | "signal">) {
    this.#onProgress = onProgress;
    this.#signal = signal;
  }

  get isAborted(): boolean {
    return this.#signal?.aborted ?? false;
  }

  /** Nothing more is to be sent. */
  get isOver(): boolean {
    return this.isAborted || this.#error !== null;
  }

  /** End the store; the first error is the one that the report names. */
  end(error: OverlayError): void {
    this.#error ??= error;
  }

  settle({ name, index, sopInstanceUid, size = 0 }: Place, result: Settlement): void {
    if (this.#settled.has(index)) return;
    this.#settled.add(index);
    const message = result.message ?? result.error?.message ?? null;
    const blank = { reason: null, error: null, asked: [] };
    this.#instances.push({ ...blank, ...result, message, name, index, sopInstanceUid });
    if (result.outcome === "written") this.#bytes += size;
    const { outcome } = result;
    try {
      this.#onProgress?.({ done: this.#instances.length, bytes: this.#bytes, name, outcome });
    } catch (cause) {
      const words = "The function given as onProgress threw an error.";
      this.end(new OverlayError("invalid-request", words, { field: "onProgress" }, cause));
    }
  }

  fail(place: Place, error: OverlayError, result: Partial<Settlement> = {}): void {
    this.settle(place, { ...result, outcome: "failed", error });
  }

  /** Say of a result that it was not sent, because the store ended before. */
  skip(place: Place): void {
    const words = "It was not sent: the store ended before.";
    this.fail(place, new OverlayError("not-sent", words, {}, this.#error ?? this.#signal?.reason));
  }

  report(): StoreReport {
    const instances = this.#instances.sort((a, b) => a.index - b.index);
    return { instances, error: this.#error, aborted: this.isAborted };
  }
}
