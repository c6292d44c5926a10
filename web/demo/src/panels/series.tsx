/** The list of series with thumbnails, and the list of files that were not opened. */

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { bring } from "../actions/commands.js";
import { pixelsOf } from "../image/grey.js";
import type { StudyFacts } from "../image/protocol.js";
import { type Series, studiesOf } from "../model/series.js";
import * as state from "../model/state.js";
import { titleOf } from "../model/title.js";
import { orientationOf } from "../view/geometry.js";
import { loadThumbnail } from "../view/pictures.js";
import { explainCode } from "../words/faults.js";
import { words } from "../words/words.js";
import { Button } from "./controls.js";

/** At most this many names are listed: thousands would slow the page down. */
const LISTED = 200;
/** Pixels of a thumbnail's side. */
const SIDE = 64;

export function SeriesPanel(): JSX.Element {
  const w = words.value;
  const refused = state.rejected.value;
  return (
    <section class="panel series-panel" aria-labelledby="series-title">
      <h2 id="series-title">{w.series}</h2>
      <ul id="series-list" class="list scrolls" data-testid="series-list">
        {studiesOf(state.seriesList.value).map(({ key, study, series }) => (
          <li key={key} class="study">
            <StudyHead study={study} />
            <ul class="list">
              {series.map((one) => (
                <SeriesItem key={one.uid} series={one} />
              ))}
            </ul>
          </li>
        ))}
      </ul>
      <details id="rejected" hidden={refused.length === 0}>
        <summary>{w.notOpened(refused.length)}</summary>
        <ul class="list plain" data-testid="rejected-list" id="rejected-list">
          {refused.slice(0, LISTED).map(({ path, code, file }) => (
            <li key={path}>
              <strong>{path}</strong>: {explainCode(code)}
              {file !== undefined && (
                <Button data-testid="use-as-mask" onClick={() => bring([file])}>
                  {w.useAsMask}
                </Button>
              )}
            </li>
          ))}
        </ul>
      </details>
    </section>
  );
}

/** Whose images these are, and of which day: shown, and never kept. */
function StudyHead({ study }: { readonly study: StudyFacts }): JSX.Element | null {
  const { patientName, patientId, date, description } = study;
  const who = [patientName, patientId].filter((part) => part !== "").join(", ");
  const what = [dayOf(date), description].filter((part) => part !== "").join(", ");
  if (who === "" && what === "") return null;
  return (
    <h3 class="study-head">
      {who !== "" && <strong>{who}</strong>}
      {what !== "" && <span class="note">{what}</span>}
    </h3>
  );
}

function dayOf(date: string): string {
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(date) ?? [];
  return year === undefined ? "" : `${year}-${month}-${day}`;
}

function SeriesItem({ series }: { readonly series: Series }): JSX.Element {
  const w = words.value;
  const { files, pictures, orderedBy } = series;
  const facts = files[0]?.facts;
  const title = titleOf(series);
  const lies = orientationOf(facts?.imageOrientationPatient ?? facts?.frames?.[0]?.orientation ?? null);
  const detail = [
    w.seriesDetail(pictures.length, facts?.columns ?? 0, facts?.rows ?? 0),
    ...(lies === null ? [] : [w.orientation[lies]]),
  ].join(", ");
  const order =
    orderedBy === "number" ? `, ${w.orderedByNumber}` : orderedBy === "path" ? `, ${w.orderedByPath}` : "";
  const current = series === state.current.value;
  return (
    <li>
      <button
        type="button"
        class="series"
        title={title}
        {...(current ? { "aria-current": "true" as const } : {})}
        onClick={() => state.showSeries(series)}
      >
        <Thumbnail series={series} />
        <span class="series-text">
          <strong>{title}</strong>
          <span class="note">{detail + order}</span>
        </span>
      </button>
    </li>
  );
}

/** The middle picture of a series, drawn when it comes into view. */
function Thumbnail({ series }: { readonly series: Series }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { uid } = series;
  const count = series.pictures.length;
  // A series that grows gets a new middle picture once no more files come.
  useEffect(() => {
    const { current: element } = canvas;
    const middle = series.pictures[count >> 1];
    if (element === null || middle === undefined) return undefined;
    let timer = 0;
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      timer = window.setTimeout(() => {
        // Without a picture the place stays dark; the image itself says why.
        drawThumbnail(element, series, middle).catch(() => undefined);
      }, 400);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      clearTimeout(timer);
    };
  }, [uid, count]);
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: no canvas without a tabindex can be focused.
  return <canvas ref={canvas} class="thumbnail" width={SIDE} height={SIDE} aria-hidden="true" />;
}

async function drawThumbnail(
  element: HTMLCanvasElement,
  series: Series,
  middle: Series["pictures"][number],
): Promise<void> {
  const frame = await loadThumbnail(middle);
  const whole = new OffscreenCanvas(frame.columns, frame.rows);
  whole.getContext("2d")?.putImageData(new ImageData(pixelsOf(frame, null), frame.columns, frame.rows), 0, 0);
  const aspect = series.files[0]?.facts.pixelAspect ?? 1;
  const [width, height] = [frame.columns, frame.rows * aspect];
  const scale = SIDE / Math.max(width, height);
  const context = element.getContext("2d");
  context?.clearRect(0, 0, SIDE, SIDE);
  const [x, y] = [(SIDE - width * scale) / 2, (SIDE - height * scale) / 2];
  context?.drawImage(whole, x, y, width * scale, height * scale);
}
