/** The list of series, the list of files that were not opened, and the list of planes in the shown file. */
import { byId, make, makeButton } from "./dom.js";
import { styleControls } from "./layers-panel.js";
import { explainCode } from "./messages.js";
import { type PictureLoader, styleOf } from "./picture-loader.js";
import { describeSeries, type Series } from "./series.js";
import type { Workspace } from "./workspace.js";

/** At most this many names are listed; thousands would only slow the page down. */
const LISTED = 200;

export function setUpSeriesPanel(workspace: Workspace): void {
  const list = byId("series-list", HTMLUListElement);
  const rejected = byId("rejected", HTMLDetailsElement);
  const title = byId("rejected-title", HTMLElement);
  const names = byId("rejected-list", HTMLUListElement);
  workspace.on("series", () => {
    const focused = document.activeElement instanceof HTMLElement && list.contains(document.activeElement);
    list.replaceChildren(...workspace.series.map((series) => seriesItem(workspace, series)));
    if (focused) list.querySelector<HTMLElement>("[aria-current]")?.focus();
    rejected.hidden = workspace.rejected.length === 0;
    title.textContent = `Files that were not opened (${workspace.rejected.length})`;
    names.replaceChildren(
      ...workspace.rejected
        .slice(0, LISTED)
        .map(({ path, code }) => make("li", {}, make("strong", {}, path), `: ${explainCode(code)}`)),
    );
  });
}

function seriesItem(workspace: Workspace, series: Series): HTMLElement {
  const { title, detail } = describeSeries(series);
  const order = series.orderedByPosition || series.pictures.length === 1 ? "" : ", ordered by number";
  const current = series === workspace.current;
  const button = makeButton("", () => workspace.showSeries(series), {
    class: "series",
    ...(current ? { aria: { current: "true" } } : {}),
  });
  button.append(make("strong", {}, title), make("span", { class: "note" }, `${detail}${order}`));
  return make("li", {}, button);
}

export function setUpPlanesPanel(workspace: Workspace, loader: PictureLoader): void {
  const list = byId("plane-list", HTMLUListElement);
  const note = byId("planes-note", HTMLElement);
  workspace.on("planes", () => {
    note.textContent = loader.planesNote;
    list.replaceChildren(
      ...(workspace.planes ?? []).map((plane) => {
        const group = plane.group.toString(16).toUpperCase();
        const text = [plane.label, plane.description]
          .filter((part) => part !== null && part !== "")
          .join(", ");
        const size = `${plane.columns} × ${plane.rows}${(plane.numberOfFrames ?? 1) > 1 ? ` × ${plane.numberOfFrames}` : ""}`;
        const kind = plane.overlayType === "R" ? "region" : "graphics";
        const embedded = plane.embedded ? ", in the pixels (old form)" : "";
        const at = plane.origin[0] === 1 && plane.origin[1] === 1 ? "" : `, at ${plane.origin.join("\\")}`;
        const style = styleOf(workspace, plane.group);
        return make(
          "li",
          { class: "item" },
          make("strong", {}, `${group} ${text}`.trim()),
          make("p", { class: "note" }, `${size}, ${kind}${at}${embedded}`),
          styleControls(`plane ${group}`, `plane-${group}`, style, () => workspace.changed("image")),
        );
      }),
    );
  });
}
