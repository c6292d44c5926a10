/** A stay in a mode of OHIF leaves nothing behind, and asks each service of the archive at its own root. */
import { expect, it } from "vitest";
import type { OhifApp } from "../../ohif/src/ohif.js";
import { archiveOf, Session } from "../../ohif/src/session.js";

const PANEL = { name: "overlays", id: "dicom-overlay.panelModule.overlays" };

/** Services that count their subscribers, and a cornerstone whose events can be listened to. */
function fakeApp(): {
  app: OhifApp;
  open: () => number;
  panels: string[];
  events: EventTarget;
  drawn: () => number;
} {
  const panels: string[] = [];
  let open = 0;
  let asked = 0;
  const service = (more: object): object => ({
    EVENTS: { PANELS_CHANGED: "p", ACTIVE_VIEWPORT_ID_CHANGED: "v", SEGMENTATION_MODIFIED: "s" },
    subscribe: () => {
      open++;
      return { unsubscribe: () => open-- };
    },
    ...more,
  });
  const events = new EventTarget();
  const cornerstone = {
    Enums: { Events: { ELEMENT_ENABLED: "on", ELEMENT_DISABLED: "off", IMAGE_RENDERED: "drawn" } },
    eventTarget: events,
    getRenderingEngines: () => {
      asked++;
      return [];
    },
  };
  const services = {
    panelService: service({
      PanelPosition: { Right: "right" },
      getPanels: () => [{ name: "measurements" }, ...panels.map(() => ({ name: PANEL.name }))],
      addPanel: (_: string, id: string) => panels.push(id),
    }),
    viewportGridService: service({ getActiveViewportId: () => null }),
    segmentationService: service({}),
    userAuthenticationService: { getAuthorizationHeader: () => ({ Authorization: "Bearer x" }) },
  };
  const config = { wadoRoot: "/wado", qidoRoot: "/qido", stowRoot: "/stow" };
  const app = {
    servicesManager: { services },
    extensionManager: {
      getActiveDataSource: () => [{ getConfig: () => config }],
      getModuleEntry: () => ({
        exports: { getCornerstoneLibraries: () => ({ cornerstone, cornerstoneTools: {} }) },
      }),
    },
  } as unknown as OhifApp;
  return { app, open: () => open, panels, events, drawn: () => asked };
}

it("ends its subscriptions and listeners with the mode, however often modes are entered", async () => {
  const { app, open, panels, events, drawn } = fakeApp();
  for (let entry = 0; entry < 3; entry++) {
    panels.length = 0;
    const session = new Session(app, PANEL);
    await Promise.resolve();
    expect(panels).toEqual([PANEL.id]);
    expect(open()).toBe(3);
    session.end();
    expect(open()).toBe(0);
    expect(session.signal.aborted).toBe(true);
  }
  const before = drawn();
  const gone = new Event("off");
  Object.defineProperty(gone, "detail", { value: { element: {} } });
  events.dispatchEvent(gone);
  expect(drawn()).toBe(before);
});

it("searches at qidoRoot, retrieves at wadoRoot and stores at stowRoot", () => {
  const { app } = fakeApp();
  const archive = archiveOf(app);
  expect(archive?.url).toEqual({ wado: "/wado", qido: "/qido", stow: "/stow" });
  expect(archive?.headers()).toEqual({ Authorization: "Bearer x" });
});
