/** Wiring only: the page's parts are made and told of each other. */
import { CanvasInput } from "./canvas-input.js";
import { Coordinator } from "./coordinator.js";
import { byId } from "./dom.js";
import { Drawing } from "./drawing.js";
import { ExporterService } from "./exporter-service.js";
import { setUpPlanesPanel, setUpSeriesPanel } from "./file-panels.js";
import { ImageClient } from "./image-client.js";
import { setUpLayersPanel, step } from "./layers-panel.js";
import { setUpOffline } from "./offline.js";
import { setUpOpener } from "./opener.js";
import { PictureLoader, showSheets } from "./picture-loader.js";
import { setUpToolbar } from "./toolbar.js";
import { setUpViewControls } from "./view-controls.js";
import { Viewport } from "./viewport.js";
import { type ToolName, Workspace } from "./workspace.js";

const workspace = new Workspace();
const images = new ImageClient();
const service = new ExporterService();
const loader = new PictureLoader(workspace, images, service);
const viewport = new Viewport(byId("canvas", HTMLCanvasElement));
const drawing = new Drawing(workspace);
const coordinator = new Coordinator(workspace, images, service);

const selectTool = (name: ToolName): void => {
  drawing.cancel();
  workspace.tool.name = name;
  workspace.changed("tool");
};
const view = setUpViewControls(workspace, viewport, loader);

setUpToolbar(byId("toolbar", HTMLElement), byId("tool-options", HTMLElement), workspace, {
  selectTool,
  markBrightness: () => drawing.markBrightness(),
  closePolygon: () => drawing.closePolygon(),
});
setUpSeriesPanel(workspace);
setUpPlanesPanel(workspace, loader);
setUpLayersPanel(workspace, (words) => coordinator.announce(words));
setUpOpener(coordinator);
new CanvasInput(workspace, viewport, drawing, {
  selectTool,
  dragWindow: view.dragWindow,
  undo: () => step(workspace, "undo"),
  redo: () => step(workspace, "redo"),
});

drawing.onChange = () => {
  viewport.setGuide(drawing.guide());
  if (drawing.draft !== null) showSheets(workspace, viewport, drawing);
};
workspace.on("layers", () => showSheets(workspace, viewport, drawing));
workspace.on("planes", () => showSheets(workspace, viewport, drawing));
workspace.on("image", () => showSheets(workspace, viewport, drawing));
workspace.on("picture", () => {
  drawing.cancel();
  loader.refresh();
  showSheets(workspace, viewport, drawing);
  void loader.readPlanes();
});
service.onState = ({ phase, text }) => {
  const chip = byId("python-chip", HTMLElement);
  chip.textContent = text;
  chip.classList.toggle("good", phase === "ready");
  chip.classList.toggle("bad", phase === "failed");
};
void setUpOffline();
