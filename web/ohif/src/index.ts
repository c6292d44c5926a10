/**
 * Overlay planes in OHIF: an extension that a site names in its `app-config.js`.
 *
 *     window.config = { extensions: ["/dicom-overlay/ohif.js"], … }
 *
 * It belongs to no mode: the panel comes into every mode that has a panel on the right.
 */
import { OverlayError } from "dicom-overlay";
import { exportSegments } from "./exporting.js";
import { cornerstoneOf, type OhifApp, type Viewport } from "./ohif.js";
import { attachPanel, type PanelModel } from "./panel.js";
import type { ArchiveAddress, SeriesPlanes } from "./planes.js";
import { hostComponent } from "./react-host.js";
import { Showing } from "./showing.js";
import { planesToSegments } from "./to-segments.js";
import { type ViewedImage, viewedImage } from "./viewed.js";

const ID = "dicom-overlay";
const PANEL = "overlays";
const PANEL_ID = `${ID}.panelModule.${PANEL}`;

let model: (PanelModel & { clear(): void }) | null = null;

const extension = {
  id: ID,
  getPanelModule: ({ extensionManager }: OhifApp) => [
    {
      name: PANEL,
      iconName: "tab-segmentation",
      iconLabel: "Overlays",
      label: "Overlays",
      component: hostComponent(extensionManager, (host) =>
        model === null ? () => undefined : attachPanel(host, model),
      ),
    },
  ],
  onModeEnter: (app: OhifApp) => {
    model ??= makeModel(app);
    keepPanel(app);
  },
  onModeExit: () => {
    model?.clear();
  },
};

// OHIF imports the default export of an extension.
export default extension;

/** Add the panel again whenever a mode sets its own. */
function keepPanel({ servicesManager }: OhifApp): void {
  const { panelService } = servicesManager.services;
  const { Right } = panelService.PanelPosition;
  const add = (): void => {
    const panels = panelService.getPanels(Right);
    if (panels.length > 0 && !panels.some(({ name }) => name === PANEL))
      panelService.addPanel(Right, PANEL_ID);
  };
  panelService.subscribe(panelService.EVENTS["PANELS_CHANGED"] as string, () => queueMicrotask(add));
  queueMicrotask(add);
}

function makeModel(app: OhifApp): PanelModel & { clear(): void } {
  const { services } = app.servicesManager;
  const { cornerstone, cornerstoneTools } = cornerstoneOf(app.extensionManager);
  const showing = new Showing(cornerstone, () => archiveOf(app));
  const { viewportGridService, cornerstoneViewportService } = services;
  viewportGridService.subscribe(viewportGridService.EVENTS["ACTIVE_VIEWPORT_ID_CHANGED"] as string, () =>
    showing.changed(),
  );
  /** The active viewport and what it shows. */
  const active = (): { viewport: Viewport; viewed: ViewedImage; planes: SeriesPlanes } | null => {
    const id = viewportGridService.getActiveViewportId();
    const viewport = id === null ? null : cornerstoneViewportService.getCornerstoneViewport(id);
    const viewed = viewport ? viewedImage(cornerstone, viewport) : null;
    const planes = viewed && showing.planesOf(viewed.study, viewed.series);
    return viewport && viewed && planes ? { viewport, viewed, planes } : null;
  };
  const required = (): NonNullable<ReturnType<typeof active>> => {
    const found = active();
    if (found !== null) return found;
    throw new OverlayError("invalid-request", "Open a series of a DICOMweb archive first.", {
      field: "viewport",
    });
  };
  return {
    current: () => active()?.planes ?? null,
    changed: () => showing.changed(),
    onChange: (listener) => showing.onChange(listener),
    clear: () => showing.clear(),
    actions: {
      planesToSegments: async (options) => {
        const { viewport, viewed, planes } = required();
        const displaySet = services.displaySetService
          .getDisplaySetsForSeries(viewed.series)
          .find(({ imageIds }) => imageIds?.includes(viewed.imageId));
        if (displaySet === undefined)
          throw new OverlayError("invalid-request", "The series is still loading.");
        return await planesToSegments(
          { services, cornerstone, cornerstoneTools, viewport, displaySet, planes },
          options,
        );
      },
      exportSegments: async (options) => {
        const { viewport, viewed } = required();
        const archive = archiveOf(app);
        const dataSource = app.extensionManager.getActiveDataSource()[0];
        if (archive === null || dataSource === undefined) {
          throw new OverlayError("invalid-request", "The data source in use is no DICOMweb archive.");
        }
        const { study, series } = viewed;
        return await exportSegments(
          { services, cornerstone, viewport, archive, dataSource, study, series },
          options,
        );
      },
    },
  };
}

/** The data source in use, where it is DICOMweb. */
function archiveOf({ extensionManager, servicesManager }: OhifApp): ArchiveAddress | null {
  const url = extensionManager.getActiveDataSource()[0]?.getConfig?.().wadoRoot;
  if (url === undefined) return null;
  const { userAuthenticationService } = servicesManager.services;
  return { url, headers: () => ({ ...userAuthenticationService.getAuthorizationHeader() }) };
}
