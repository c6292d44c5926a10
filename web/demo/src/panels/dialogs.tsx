/** Dialogs over the page: the result of an export, the help, a question. */
import { type Signal, signal } from "@preact/signals";
import { download } from "dicom-overlay";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { outcome } from "../actions/export.js";
import { reportCsv, reportRow } from "../export/report.js";
import { judgeCheck } from "../export/verify.js";
import { question } from "../model/question.js";
import { words } from "../words/words.js";
import { Button } from "./controls.js";

/** Rows shown of a long export; the CSV holds all. */
const ROWS_SHOWN = 100;

export const resultsOpen: Signal<boolean> = signal(false);
export const helpOpen: Signal<boolean> = signal(false);

interface DialogProps {
  readonly id: string;
  readonly title: string;
  readonly open: boolean;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

function Dialog({ id, title, open, onClose, children }: DialogProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const { current } = dialog;
    const before = document.activeElement;
    // One that goes while it is open takes the focus with it.
    return () => {
      if (current?.open === true && before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  useEffect(() => {
    if (open && dialog.current?.open === false) dialog.current.showModal();
    if (!open) dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} id={id} aria-labelledby={`${id}-title`} onClose={onClose}>
      <div class="head">
        <h2 id={`${id}-title`}>{title}</h2>
        <Button onClick={onClose} data-testid={`${id}-close`}>
          {words.value.close}
        </Button>
      </div>
      {children}
    </dialog>
  );
}

export function Dialogs(): JSX.Element {
  return (
    <>
      <Results />
      <Help />
      <Question />
    </>
  );
}

function Results(): JSX.Element {
  const w = words.value;
  const results = outcome.value?.results ?? [];
  const save = (): void => {
    // The byte order mark makes spreadsheets read UTF-8.
    download(new Blob(["\ufeff", reportCsv(results)], { type: "text/csv" }), "overlay-export-report.csv");
  };
  return (
    <Dialog
      id="results"
      title={w.result}
      open={resultsOpen.value}
      onClose={() => {
        resultsOpen.value = false;
      }}
    >
      <p id="results-summary" data-testid="results-summary">
        {outcome.value?.summary()}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <section class="scroll" tabIndex={0} aria-label={w.resultTable}>
        <table>
          <thead>
            <tr>
              {w.columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody id="results-body" data-testid="results-body">
            {results.slice(0, ROWS_SHOWN).map((result) => {
              const { file, savedAs, outcome: how, planes, masks, pixels, rest } = reportRow(result);
              const { item, verification } = result;
              const bad =
                result.outcome === "failed" ||
                (verification !== null && judgeCheck(item, verification) === "bad");
              return (
                <tr key={item.source.id} class={bad ? "bad" : ""}>
                  <th scope="row">{file}</th>
                  {[savedAs, how, planes, masks, pixels, rest].map((text, k) => (
                    <td key={w.columns[k + 1]}>{text}</td>
                  ))}
                </tr>
              );
            })}
            {results.length > ROWS_SHOWN && (
              <tr>
                <td colSpan={7}>{w.moreRows(results.length - ROWS_SHOWN)}</td>
              </tr>
            )}
          </tbody>
        </table>
      </section>
      <button id="report-button" type="button" onClick={save}>
        {w.saveReport}
      </button>
    </Dialog>
  );
}

function Help(): JSX.Element {
  const w = words.value;
  return (
    <Dialog
      id="help"
      title={w.keysTitle}
      open={helpOpen.value}
      onClose={() => {
        helpOpen.value = false;
      }}
    >
      <dl class="keys">
        {w.keys.map(([keys, what]) => (
          <div key={keys}>
            <dt>{keys}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

function Question(): JSX.Element | null {
  const asked = question.value;
  if (asked === null) return null;
  return (
    <Dialog id="question" title={asked.title()} open onClose={() => asked.answer(false)}>
      <p class="question">{asked.text()}</p>
      <div class="actions">
        {asked.yes !== null && (
          <button type="button" data-testid="question-yes" onClick={() => asked.answer(true)}>
            {asked.yes()}
          </button>
        )}
        <button type="button" class="primary" data-testid="question-no" onClick={() => asked.answer(false)}>
          {words.value.cancel}
        </button>
      </div>
    </Dialog>
  );
}
