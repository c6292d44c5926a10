/** The page: head, start or workspace, and one line at the foot for what happens. */
import { type Signal, signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { outcome } from "../actions/export.js";
import { serviceState } from "../model/exporter.js";
import { cancel } from "../model/queue.js";
import * as state from "../model/state.js";
import { archive } from "../shell/config.js";
import { offlineState, takeUpdate, updateReady } from "../shell/offline.js";
import { chooseLanguage, language, words } from "../words/words.js";
import { Button } from "./controls.js";
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
    <div class={working ? `page working sheet-${sheet.value}` : "page"}>
      <a class="skip" href={working ? "#canvas" : "#opener"}>
        {w.skip}
      </a>
      <Head />
      <p id="error" class="alert" role="alert" data-testid="error">
        {state.errorText.value()}
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
      {working && <Tabs />}
      <Foot />
      <Dialogs />
      <DropCover />
    </div>
  );
}

/** Small screens show the image, and one panel at a time below it. */
type Sheet = "none" | "series" | "layers" | "planes" | "view" | "export";
const sheet: Signal<Sheet> = signal<Sheet>("none");

function Tabs(): JSX.Element {
  const w = words.value;
  const tabs: readonly (readonly [name: Sheet, said: string])[] = [
    ["series", w.series],
    ["layers", w.layers],
    ["planes", w.inFile],
    ["view", w.windowPreset],
    ["export", w.export],
  ];
  return (
    <nav class="tabs" aria-label={w.panels}>
      {tabs.map(([name, said]) => (
        <button
          key={name}
          type="button"
          data-testid={`tab-${name}`}
          aria-pressed={sheet.value === name}
          onClick={() => {
            sheet.value = sheet.value === name ? "none" : name;
          }}
        >
          {said}
        </button>
      ))}
    </nav>
  );
}

/** What opens a dialog. */
function open(dialog: Signal<boolean>): () => void {
  return () => {
    dialog.value = true;
  };
}

function Head(): JSX.Element {
  const w = words.value;
  const where = archive.value;
  const other = language.value === "de" ? "en" : "de";
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
          <Button id="help-button" icon="help" onClick={open(helpOpen)}>
            {w.help}
          </Button>
        </li>
        <li>
          <Button id="language-button" lang={other} onClick={() => chooseLanguage(other)}>
            {w.otherLanguage}
          </Button>
        </li>
      </ul>
      <div id="update-bar" class="bar" role="status" hidden={!updateReady.value}>
        <span>{w.updateReady}</span>
        <Button id="update-button" onClick={takeUpdate}>
          {w.updateTake}
        </Button>
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
        {state.status.value()}
      </p>
      {outcome.value !== null && job === null && (
        <Button id="results-button" onClick={open(resultsOpen)}>
          {w.resultDetails}
        </Button>
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
          <Button data-testid="cancel-button" onClick={cancel}>
            {w.cancel}
          </Button>
        </div>
      )}
    </footer>
  );
}
