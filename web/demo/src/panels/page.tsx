/** The page: head, start or workspace, and one line at the foot for what happens. */
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { outcome } from "../app/export.js";
import { cancel } from "../app/queue.js";
import * as state from "../app/state.js";
import { chooseLanguage, language, words } from "../app/words.js";
import { serviceState } from "../export/service.js";
import { archive } from "../shell/config.js";
import { offlineState, takeUpdate, updateReady } from "../shell/offline.js";
import { Dialogs, helpOpen, resultsOpen } from "./dialogs.js";
import { ExportPanel } from "./export.js";
import { LayersPanel } from "./layers.js";
import { PlanesPanel } from "./planes.js";
import { SeriesPanel } from "./series.js";
import { DropCover, OpenButtons, Start } from "./start.js";
import { Viewer } from "./viewer.js";

export function Page(): JSX.Element {
  const w = words.value;
  const working = state.working.value;
  useEffect(() => {
    document.documentElement.lang = language.value;
    document.title = words.value.title;
  }, [w]);
  return (
    <div class={working ? "page working" : "page"}>
      <a class="skip" href={working ? "#canvas" : "#opener"}>
        {w.skip}
      </a>
      <Head />
      <p id="error" class="alert" role="alert" data-testid="error">
        {state.errorText.value}
      </p>
      {!working && <Start />}
      <main id="workspace" class="workspace" tabIndex={-1} hidden={!working}>
        {working && (
          <>
            <SeriesPanel />
            <Viewer />
            <div class="side">
              <LayersPanel />
              <PlanesPanel />
              <ExportPanel />
            </div>
          </>
        )}
      </main>
      <Foot />
      <Dialogs />
      <DropCover />
    </div>
  );
}

function Head(): JSX.Element {
  const w = words.value;
  const where = archive.value;
  return (
    <header class="top">
      <h1>{w.title}</h1>
      {state.working.value && (
        <div class="actions">
          <OpenButtons large={false} />
        </div>
      )}
      <p class="trust" id="trust" title={where === null ? w.trustMore : w.trustArchive(where.url)}>
        {where === null && <strong>{w.trust} </strong>}
        {where === null ? w.trustMore : w.trustArchive(where.url)}
      </p>
      <ul class="chips">
        <li>
          <PythonChip />
        </li>
        <li>
          <span
            id="offline-chip"
            class={`chip ${offlineState.value === "ready" ? "good" : ""}`}
            data-testid="offline-chip"
          >
            {w.offline[offlineState.value]}
          </span>
        </li>
        <li>
          <button
            id="help-button"
            type="button"
            class="small"
            onClick={() => {
              helpOpen.value = true;
            }}
          >
            {w.help}
          </button>
        </li>
        <li>
          <button
            id="language-button"
            type="button"
            class="small"
            lang={language.value === "de" ? "en" : "de"}
            onClick={() => chooseLanguage(language.value === "de" ? "en" : "de")}
          >
            {w.otherLanguage}
          </button>
        </li>
      </ul>
      <div id="update-bar" class="bar" role="status" hidden={!updateReady.value}>
        <span>{w.updateReady}</span>
        <button id="update-button" type="button" class="small" onClick={takeUpdate}>
          {w.updateTake}
        </button>
      </div>
    </header>
  );
}

function PythonChip(): JSX.Element {
  const w = words.value;
  const { phase, step, share } = serviceState.value;
  const text = phase === "starting" && step !== null ? w.python[step] : w.python[phase];
  const percent =
    phase === "starting" && share !== null && step !== null ? ` ${Math.round(share * 100)} %` : "";
  const kind = phase === "ready" ? "good" : phase === "failed" ? "bad" : "";
  return (
    <span id="python-chip" class={`chip ${kind}`} data-testid="python-chip">
      {text + percent}
    </span>
  );
}

function Foot(): JSX.Element {
  const w = words.value;
  const job = state.job.value;
  return (
    <footer class="foot">
      <p id="status" class="status" role="status" aria-live="polite" data-testid="status">
        {state.status.value}
      </p>
      {outcome.value !== null && job === null && (
        <button
          id="results-button"
          type="button"
          class="small"
          onClick={() => {
            resultsOpen.value = true;
          }}
        >
          {w.resultDetails}
        </button>
      )}
      {job !== null && (
        <div class="progress">
          <progress
            aria-label={w.phase[job.phase]}
            {...(job.total > 0 ? { value: job.done, max: job.total } : {})}
          />
          <output class="note" data-testid="export-phase">
            {w.phaseOf(w.phase[job.phase], job.done, job.total)}
          </output>
          <button type="button" class="small" data-testid="cancel-button" onClick={cancel}>
            {w.cancel}
          </button>
        </div>
      )}
    </footer>
  );
}
