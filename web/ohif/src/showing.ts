/** Keeps the planes of the open series drawn over their images. */
import { placementOf } from "./geometry.js";
import { Layer } from "./layer.js";
import type { Cornerstone, Viewport } from "./ohif.js";
import { type ArchiveAddress, SeriesPlanes } from "./planes.js";
import { viewedImage } from "./viewed.js";

/** Draws into every viewport, and tells the panel when something changed. */
export class Showing {
  readonly #cornerstone: Cornerstone;
  readonly #archive: () => ArchiveAddress | null;
  readonly #series = new Map<string, SeriesPlanes>();
  readonly #layers = new Map<HTMLElement, Layer>();
  readonly #listeners = new Set<() => void>();
  readonly #signal: AbortSignal;
  readonly #rendered = (event: Event): void => this.#drawElement(event.currentTarget as HTMLElement);
  readonly #enabled = (event: Event): void => {
    const { element } = (event as CustomEvent<{ element: HTMLElement }>).detail;
    this.#watch(element);
  };
  readonly #disabled = (event: Event): void => {
    const { element } = (event as CustomEvent<{ element: HTMLElement }>).detail;
    this.#layers.get(element)?.remove();
    this.#layers.delete(element);
  };

  /** @param signal - ends the listening. */
  constructor(cornerstone: Cornerstone, archive: () => ArchiveAddress | null, signal: AbortSignal) {
    this.#signal = signal;
    this.#cornerstone = cornerstone;
    this.#archive = archive;
    const { Events } = cornerstone.Enums;
    cornerstone.eventTarget.addEventListener(Events.ELEMENT_ENABLED, this.#enabled, { signal });
    cornerstone.eventTarget.addEventListener(Events.ELEMENT_DISABLED, this.#disabled, { signal });
    for (const viewport of this.viewports()) this.#watch(viewport.element);
  }

  /** The viewports of every rendering engine. */
  viewports(): readonly Viewport[] {
    return this.#cornerstone.getRenderingEngines().flatMap((engine) => engine.getViewports());
  }

  /** The planes of a series, requested from the archive once. */
  planesOf(study: string, series: string): SeriesPlanes | null {
    const known = this.#series.get(series);
    if (known !== undefined) return known;
    const archive = this.#archive();
    if (archive === null) return null;
    const planes = new SeriesPlanes(archive, study, series, () => this.changed(), this.#signal);
    this.#series.set(series, planes);
    return planes;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A switch, a colour or bits have changed: redraw what is visible. */
  changed(): void {
    if (this.#signal.aborted) return;
    for (const viewport of this.viewports()) this.#draw(viewport);
    this.told();
  }

  /** Notify only the panel. */
  told(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Forget everything, when a mode is left. */
  clear(): void {
    for (const layer of this.#layers.values()) layer.remove();
    this.#layers.clear();
    this.#series.clear();
  }

  #watch(element: HTMLElement): void {
    const { IMAGE_RENDERED } = this.#cornerstone.Enums.Events;
    element.addEventListener(IMAGE_RENDERED, this.#rendered, { signal: this.#signal });
  }

  #drawElement(element: HTMLElement): void {
    const viewport = this.viewports().find((one) => one.element === element);
    if (viewport !== undefined) this.#draw(viewport);
  }

  #draw(viewport: Viewport): void {
    const viewed = viewedImage(this.#cornerstone, viewport);
    const planes = viewed && this.planesOf(viewed.study, viewed.series);
    if (!viewed || !planes) return;
    let layer = this.#layers.get(viewport.element);
    if (layer === undefined || layer.isGone) {
      layer = new Layer(viewport.element);
      this.#layers.set(viewport.element, layer);
    }
    const shown = planes.shownOn(viewed.sopInstanceUid, viewed.frame);
    const placement = shown.length === 0 ? null : placementOf(this.#cornerstone, viewport, viewed.imageId);
    layer.show(`${viewed.sopInstanceUid} ${viewed.frame}`, shown, placement);
  }
}
