/**
 * Overlay planes in OHIF: an extension that a site names in its `app-config.js`.
 *
 *     window.config = { extensions: ["/dicom-overlay/ohif.js"], … }
 *
 * It belongs to no mode: the panel comes into every mode that has a panel on the right.
 */
import type { OhifApp } from "./ohif.js";
import { attachPanel } from "./panel.js";
import { hostComponent } from "./react-host.js";
import { Session } from "./session.js";

/** Equal to the package's name, by which OHIF 3.14 finds an extension. */
const ID = "dicom-overlay";
const PANEL = { name: "overlays", id: `${ID}.panelModule.overlays` };

let session: Session | null = null;

const extension = {
  id: ID,
  getPanelModule: ({ extensionManager }: OhifApp) => [
    {
      name: PANEL.name,
      iconName: "tab-segmentation",
      iconLabel: "Overlays",
      label: "Overlays",
      component: hostComponent(extensionManager, (host) =>
        session === null ? () => undefined : attachPanel(host, session),
      ),
    },
  ],
  onModeEnter: (app: OhifApp) => {
    session?.end();
    session = new Session(app, PANEL);
  },
  onModeExit: () => {
    session?.end();
    session = null;
  },
};

// OHIF imports the default export of an extension.
export default extension;
