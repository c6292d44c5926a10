/**
 * Overlay planes in OHIF: an extension that a site names in its `app-config.js`.
 *
 *     window.config = { extensions: ["/dicom-overlay/ohif.js"], … }
 *
 * It belongs to no mode: the panel comes into every mode that has a panel on the right.
 */
import { cornerstoneOf, type OhifApp } from "./ohif.js";
import { attachPanel, type PanelModel } from "./panel.js";
import type { ArchiveAddress } from "./planes.js";
import { hostComponent } from "./react-host.js";
import { Showing } from "./showing.js";
import { viewedImage } from "./viewed.js";

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
  const { cornerstone } = cornerstoneOf(app.extensionManager);
  const showing = new Showing(cornerstone, () => archiveOf(app));
  const { viewportGridService, cornerstoneViewportService } = services;
  viewportGridService.subscribe(viewportGridService.EVENTS["ACTIVE_VIEWPORT_ID_CHANGED"] as string, () =>
    showing.changed(),
  );
  return {
    current: () => {
      const id = viewportGridService.getActiveViewportId();
      const viewport = id === null ? null : cornerstoneViewportService.getCornerstoneViewport(id);
      const viewed = viewport ? viewedImage(cornerstone, viewport) : null;
      return viewed && showing.planesOf(viewed.study, viewed.series);
    },
    changed: () => showing.changed(),
    onChange: (listener) => showing.onChange(listener),
    clear: () => showing.clear(),
    actions: { planesToSegments: async () => "", exportSegments: async () => "" },
  };
}

/** The data source in use, where it is DICOMweb. */
function archiveOf({ extensionManager, servicesManager }: OhifApp): ArchiveAddress | null {
  const url = extensionManager.getActiveDataSource()[0]?.getConfig?.().wadoRoot;
  if (url === undefined) return null;
  const { userAuthenticationService } = servicesManager.services;
  return { url, headers: () => ({ ...userAuthenticationService.getAuthorizationHeader() }) };
}
