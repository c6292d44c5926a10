/** A session in a mode of OHIF: what the panel works on. Everything that it starts ends with it. */
import { createOverlayExporter, OverlayError, type OverlayExporter } from "dicom-overlay";
import type { ActionOptions, ExportOptions } from "./actions.js";
import { exportSegments, named } from "./exporting.js";
import { visibleSegments } from "./label-maps.js";
import {
  type Cornerstone,
  type CornerstoneTools,
  cornerstoneOf,
  type OhifApp,
  type Services,
  type Subscription,
  type Viewport,
} from "./ohif.js";
import type { PanelModel } from "./panel.js";
import type { ArchiveAddress, SeriesPlanes } from "./planes.js";
import { Showing } from "./showing.js";
import { planesToSegments } from "./to-segments.js";
import { type ViewedImage, viewedImage } from "./viewed.js";

/** What the active viewport shows. */
interface Active {
  readonly viewport: Viewport;
  readonly viewed: ViewedImage;
  readonly planes: SeriesPlanes;
}

/** Keeps the panel in its place, the planes over the images, and one exporter. */
export class Session implements PanelModel {
  readonly #app: OhifApp;
  readonly #services: Services;
  readonly #cornerstone: Cornerstone;
  readonly #tools: CornerstoneTools;
  readonly #showing: Showing;
  readonly #stop = new AbortController();
  readonly #subscriptions: readonly Subscription[];
  #exporter: Promise<OverlayExporter> | null = null;

  /** @param panel - name and id of the panel, which is put on the right whenever a mode sets its own panels. */
  constructor(app: OhifApp, panel: { readonly name: string; readonly id: string }) {
    this.#app = app;
    this.#services = app.servicesManager.services;
    const { cornerstone, cornerstoneTools } = cornerstoneOf(app.extensionManager);
    this.#cornerstone = cornerstone;
    this.#tools = cornerstoneTools;
    this.#showing = new Showing(cornerstone, () => archiveOf(app), this.signal);
    const { panelService, viewportGridService, segmentationService } = this.#services;
    const addPanel = (): void => {
      const { Right } = panelService.PanelPosition;
      const panels = panelService.getPanels(Right);
      if (this.signal.aborted || panels.length === 0 || panels.some(({ name }) => name === panel.name))
        return;
      panelService.addPanel(Right, panel.id);
    };
    const changed = (): void => this.#showing.changed();
    this.#subscriptions = [
      panelService.subscribe(panelService.EVENTS["PANELS_CHANGED"] as string, () => queueMicrotask(addPanel)),
      viewportGridService.subscribe(
        viewportGridService.EVENTS["ACTIVE_VIEWPORT_ID_CHANGED"] as string,
        changed,
      ),
      // Names and switches of segments: the panel shows what an export would write.
      ...Object.entries(segmentationService.EVENTS)
        .filter(([name]) => /(ADDED|REMOVED|MODIFIED)$/.test(name) && !name.includes("DATA"))
        .map(([, event]) => segmentationService.subscribe(event, () => this.#showing.told())),
    ];
    queueMicrotask(addPanel);
  }

  /** Aborted when the mode is left. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  end(): void {
    this.#stop.abort(new DOMException("The mode was left.", "AbortError"));
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#showing.clear();
    this.#exporter?.then((exporter) => exporter.dispose()).catch(() => undefined);
    this.#exporter = null;
  }

  current(): SeriesPlanes | null {
    return this.#active()?.planes ?? null;
  }

  /** The labels that an export would write, in the order of the planes. */
  labels(): readonly string[] {
    const active = this.#active();
    if (active === null) return [];
    const { viewport, viewed } = active;
    const { segments } = visibleSegments(this.#services, this.#cornerstone, viewport, viewed.series);
    return named(segments).map(({ text }) => text);
  }

  changed(): void {
    this.#showing.changed();
  }

  onChange(listener: () => void): () => void {
    return this.#showing.onChange(listener);
  }

  async planesToSegments(options: ActionOptions): Promise<string> {
    const { viewport, viewed, planes } = this.#required();
    const displaySet = this.#services.displaySetService
      .getDisplaySetsForSeries(viewed.series)
      .find(({ imageIds }) => imageIds?.includes(viewed.imageId));
    if (displaySet === undefined) throw new OverlayError("invalid-request", "The series is still loading.");
    const [services, cornerstone, cornerstoneTools] = [this.#services, this.#cornerstone, this.#tools];
    return await planesToSegments(
      { services, cornerstone, cornerstoneTools, viewport, displaySet, planes },
      options,
    );
  }

  async exportSegments(options: ExportOptions): Promise<string> {
    const { viewport, viewed } = this.#required();
    const archive = archiveOf(this.#app);
    const dataSource = this.#app.extensionManager.getActiveDataSource()[0];
    if (archive === null || dataSource === undefined) {
      throw new OverlayError("invalid-request", "The data source in use is not a DICOMweb archive.");
    }
    const { study, series } = viewed;
    const [services, cornerstone] = [this.#services, this.#cornerstone];
    const exporter = (): Promise<OverlayExporter> => this.#started();
    return await exportSegments(
      { services, cornerstone, viewport, archive, dataSource, study, series, exporter },
      options,
    );
  }

  async #started(): Promise<OverlayExporter> {
    this.#exporter ??= createOverlayExporter({ runtimeUrl: new URL("./runtime/", import.meta.url) });
    try {
      return await this.#exporter;
    } catch (error) {
      this.#exporter = null;
      throw error;
    }
  }

  #active(): Active | null {
    const { viewportGridService, cornerstoneViewportService } = this.#services;
    const id = viewportGridService.getActiveViewportId();
    const viewport = id === null ? null : cornerstoneViewportService.getCornerstoneViewport(id);
    const viewed = viewport ? viewedImage(this.#cornerstone, viewport) : null;
    const planes = viewed && this.#showing.planesOf(viewed.study, viewed.series);
    return viewport && viewed && planes ? { viewport, viewed, planes } : null;
  }

  #required(): Active {
    const found = this.#active();
    if (found !== null) return found;
    throw new OverlayError("invalid-request", "Open a series of a DICOMweb archive first.", {
      field: "viewport",
    });
  }
}

/** The data source in use, where it is DICOMweb; each of its services at its own root. */
export function archiveOf({ extensionManager, servicesManager }: OhifApp): ArchiveAddress | null {
  const { wadoRoot, qidoRoot, stowRoot } = extensionManager.getActiveDataSource()[0]?.getConfig?.() ?? {};
  if (wadoRoot === undefined) return null;
  const { userAuthenticationService } = servicesManager.services;
  return {
    url: { wado: wadoRoot, ...(qidoRoot && { qido: qidoRoot }), ...(stowRoot && { stow: stowRoot }) },
    headers: () => ({ ...userAuthenticationService.getAuthorizationHeader() }),
  };
}
