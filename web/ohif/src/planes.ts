/** The overlay planes of the series that are open: what they are, whether they are shown, and their bits. */
import { type PlaneOnImage, planeOnImage } from "dicom-overlay";
import {
  type ArchiveRoots,
  type InstanceOverlays,
  listOverlays,
  type RemotePlane,
} from "dicom-overlay/dicomweb";
import { COLOURS } from "./colours.js";

/** Planes of the same group and label in all instances of a series: one switch for a user. */
export interface PlaneKind {
  readonly group: number;
  readonly label: string | null;
  colour: string;
  visible: boolean;
}

/** A plane of one image frame, ready to be drawn. */
export interface ShownPlane {
  readonly kind: PlaneKind;
  /** Its pixels on the image frame. */
  readonly placed: PlaneOnImage;
}

/** Bytes of planes that are fetched ahead. */
const MOST_AHEAD = 64 << 20;
const REQUESTS = 3;

/** How to reach the archive that a series came from. */
export interface ArchiveAddress {
  readonly url: ArchiveRoots;
  readonly headers: () => Readonly<Record<string, string>>;
}

/** One series: its planes are listed once, their bits fetched as they are looked at and then ahead. */
export class SeriesPlanes {
  readonly kinds: PlaneKind[] = [];
  /** The error of the series as a whole, or of the last bits that could not be fetched. */
  error: unknown = null;
  isListed = false;
  readonly #instances = new Map<string, InstanceOverlays>();
  readonly #bits = new Map<RemotePlane, Uint8Array | "wanted" | "failed">();
  readonly #onChange: () => void;
  readonly #signal: AbortSignal;

  /** @param signal - ends the fetching. */
  constructor(
    archive: ArchiveAddress,
    study: string,
    series: string,
    onChange: () => void,
    signal: AbortSignal,
  ) {
    this.#onChange = onChange;
    this.#signal = signal;
    listOverlays({ ...archive, study, series, signal })
      .then((instances) => this.#list(instances))
      .catch((error: unknown) => {
        this.error = error;
      })
      .finally(() => {
        this.isListed = true;
        onChange();
      });
  }

  get instances(): ReadonlyMap<string, InstanceOverlays> {
    return this.#instances;
  }

  /** The planes on a frame (from 1) that are switched on and whose bits are here; missing bits are fetched. */
  shownOn(sopInstanceUid: string, frame: number): readonly ShownPlane[] {
    const shown: ShownPlane[] = [];
    const { planes = [], rows, columns } = this.#instances.get(sopInstanceUid) ?? {};
    if (!rows || !columns) return shown;
    for (const plane of planes) {
      const kind = this.kindOf(plane);
      if (!kind?.visible) continue;
      const packed = this.#bits.get(plane);
      if (packed === undefined) void this.#fetch(plane);
      else if (typeof packed !== "string") {
        const placed = planeOnImage({ ...plane, packed }, rows, columns, frame);
        if (placed !== null) shown.push({ kind, placed });
      }
    }
    return shown;
  }

  kindOf({ group, label }: Pick<RemotePlane, "group" | "label">): PlaneKind | undefined {
    return this.kinds.find((kind) => kind.group === group && kind.label === label);
  }

  /** The bits of a plane, fetched when they are not here. */
  async bitsOf(plane: RemotePlane, signal?: AbortSignal): Promise<Uint8Array> {
    const bits = this.#bits.get(plane);
    if (bits instanceof Uint8Array) return bits;
    const loaded = await plane.load(signal);
    this.#bits.set(plane, loaded);
    return loaded;
  }

  #list(instances: readonly InstanceOverlays[]): void {
    for (const instance of instances) {
      this.#instances.set(instance.sopInstanceUid, instance);
      for (const { group, label } of instance.planes) {
        if (this.kindOf({ group, label }) !== undefined) continue;
        const colour = COLOURS[this.kinds.length % COLOURS.length] as string;
        this.kinds.push({ group, label, colour, visible: true });
      }
    }
    void this.#fetchAhead();
  }

  async #fetchAhead(): Promise<void> {
    const planes = [...this.#instances.values()].flatMap((instance) => instance.planes);
    let bytes = 0;
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < planes.length && bytes < MOST_AHEAD && !this.#signal.aborted) {
        const plane = planes[next++] as RemotePlane;
        bytes += (plane.rows * plane.columns * (plane.numberOfFrames ?? 1)) / 8;
        await this.#fetch(plane);
      }
    };
    await Promise.all(Array.from({ length: REQUESTS }, work));
  }

  async #fetch(plane: RemotePlane): Promise<void> {
    if (this.#bits.has(plane)) return;
    this.#bits.set(plane, "wanted");
    try {
      this.#bits.set(plane, await plane.load());
    } catch (error) {
      this.#bits.set(plane, "failed");
      this.error = error;
    }
    this.#onChange();
  }
}
