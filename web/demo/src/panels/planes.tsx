/** The planes in the files of the series: shown, turned into layers, or removed. */
import type { JSX } from "preact";
import * as edit from "../mark/edit.js";
import { serviceState } from "../model/exporter.js";
import {
  changeStyle,
  type PlaneStyle,
  removalOf,
  type SeriesPlane,
  seriesPlanes,
  styleOf,
} from "../model/planes.js";
import { announce } from "../model/queue.js";
import * as state from "../model/state.js";
import { explainCode } from "../words/faults.js";
import { words } from "../words/words.js";
import { Button, ColourInput, OpacityInput, VisibleInput } from "./controls.js";

export function PlanesPanel(): JSX.Element {
  const w = words.value;
  const { planes } = seriesPlanes.value;
  return (
    <section class="panel planes" aria-labelledby="planes-title">
      <div class="head">
        <h2 id="planes-title">{w.inFile}</h2>
        <span id="planes-note" class="note" data-testid="planes-note">
          {noteOf()}
        </span>
      </div>
      <ul id="plane-list" class="list scrolls" data-testid="plane-list">
        {planes.map((plane) => (
          <PlaneRow key={plane.key} plane={plane} />
        ))}
      </ul>
    </section>
  );
}

function noteOf(): string {
  const w = words.value;
  const { planes, done, total, fault } = seriesPlanes.value;
  if (done < total) return serviceState.value.phase === "ready" ? w.planesReading(done, total) : w.planesWait;
  if (fault !== "") return explainCode(fault);
  return planes.length === 0 ? w.planesNone : "";
}

function PlaneRow({ plane }: { readonly plane: SeriesPlane }): JSX.Element {
  const w = words.value;
  const { key, label, groups, first, isLayer } = plane;
  const removed = removalOf(plane, state.history.value?.doc.value.removed ?? []) !== undefined;
  const complete = seriesPlanes.value.done >= seriesPlanes.value.total;
  const name = groups.map((group) => group.toString(16).toUpperCase()).join(", ");
  const props = {
    what: w.planeNo(label === "" ? name : label),
    style: styleOf(key, first.group),
    onChange: (change: Partial<PlaneStyle>) => changeStyle(key, first.group, change),
  };
  return (
    <li class={removed ? "item removed" : "item"}>
      <div class="line">
        <ColourInput {...props} />
        <strong class="name">{`${name} ${label}`.trim()}</strong>
        <VisibleInput {...props} />
      </div>
      <p class="note">{describe(plane)}</p>
      <div class="line">
        {isLayer ? (
          <span class="note">{w.isLayerNow}</span>
        ) : (
          <>
            <Button
              disabled={removed || first.embedded || !complete}
              data-testid="plane-edit"
              onClick={() => announce(edit.editPlane(plane))}
            >
              {w.editPlane}
            </Button>
            <Button
              disabled={first.embedded || !complete}
              data-testid="plane-remove"
              onClick={() => edit.toggleRemoved(plane)}
            >
              {removed ? w.keepPlane : w.removePlane}
            </Button>
          </>
        )}
        <OpacityInput {...props} />
      </div>
      {removed && <p class="note">{w.goesOnExport}</p>}
      {first.embedded && <p class="note">{w.embedded}</p>}
    </li>
  );
}

function describe({ first, files }: SeriesPlane): string {
  const w = words.value;
  const frames = (first.numberOfFrames ?? 1) > 1 ? ` × ${first.numberOfFrames}` : "";
  const [row, column] = first.planeOrigin;
  return [
    `${first.columns} × ${first.rows}${frames}`,
    first.overlayType === "R" ? w.region : w.graphics,
    row === 1 && column === 1 ? "" : w.planeAt(row, column),
    first.description ?? "",
    w.planeOn(files.size, state.current.value?.files.length ?? 0),
  ]
    .filter((part) => part !== "")
    .join(", ");
}
