/** Ways in: the start page, the buttons for more files, and dropping anywhere. */
import { useSignal } from "@preact/signals";
import type { JSX, TargetedEvent } from "preact";
import { useEffect } from "preact/hooks";
import { bring, open, openSample } from "../actions/commands.js";
import { fail } from "../model/queue.js";
import { type Found, filesOfDrop, filesOfList, folderPicker, sortFiles, walkFolder } from "../open/drop.js";
import { words } from "../words/words.js";
import { Icon } from "./icons.js";
import { MaskButton } from "./mask-button.js";

/** Masks among images go to the mask import; everything else is opened. */
function take({ files, lost }: Found): void {
  const { masks, images } = sortFiles(files);
  if (images.length + lost.length > 0) open(images, lost);
  bring(masks);
}

function takeList(event: TargetedEvent<HTMLInputElement>): void {
  const found = filesOfList(event.currentTarget.files);
  // Choosing the same file again shall count as a choice.
  event.currentTarget.value = "";
  take(found);
}

/** A picked folder can be saved back into; an input's files cannot. */
async function pickFolder(picker: NonNullable<ReturnType<typeof folderPicker>>): Promise<void> {
  try {
    take(await walkFolder(await picker({ mode: "read" })));
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "AbortError")) fail(error);
  }
}

/** The buttons that open files and folders; `primary` on the start page. */
export function OpenButtons({ large }: { readonly large: boolean }): JSX.Element {
  const w = words.value;
  const picker = folderPicker();
  return (
    <>
      <label class={large ? "button primary" : "button"} for="file-input">
        <Icon name="file" />
        {large ? w.chooseFiles : w.openMore}
      </label>
      <input
        id="file-input"
        class="visually-hidden"
        type="file"
        multiple
        data-testid="file-input"
        onChange={takeList}
      />
      {picker === null ? (
        <>
          <label class="button" for="folder-input">
            <Icon name="folder" />
            {large ? w.chooseFolder : w.openFolder}
          </label>
          <input
            id="folder-input"
            class="visually-hidden"
            type="file"
            multiple
            {...{ webkitdirectory: true }}
            data-testid="folder-input"
            onChange={takeList}
          />
        </>
      ) : (
        <button id="folder-button" type="button" onClick={() => void pickFolder(picker)}>
          <Icon name="folder" />
          {large ? w.chooseFolder : w.openFolder}
        </button>
      )}
    </>
  );
}

export function Start(): JSX.Element {
  const w = words.value;
  return (
    <section id="opener" class="opener" aria-labelledby="opener-title">
      <h2 id="opener-title">{w.openTitle}</h2>
      <p class="drop-hint">{w.dropHint}</p>
      <div class="actions">
        <OpenButtons large />
        <button id="sample-button" type="button" data-testid="sample-button" onClick={openSample}>
          {w.trySample}
        </button>
        <MaskButton />
      </div>
      <ol class="steps">
        {w.steps.map(([what, how]) => (
          <li key={what}>
            <strong>{what}</strong>
            {how}
          </li>
        ))}
      </ol>
      <p class="note">{w.sampleNote}</p>
      <p class="note">
        <a href="./docs/">{w.documentation}</a> · <a href="./harness/">{w.harness}</a>
      </p>
    </section>
  );
}

/** Files may be dropped anywhere on the page. */
export function DropCover(): JSX.Element {
  const over = useSignal(false);
  useEffect(() => {
    const ends = new AbortController();
    const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") === true;
    const on = (type: "dragover" | "dragleave" | "drop", listener: (event: DragEvent) => void): void =>
      document.addEventListener(type, listener, { signal: ends.signal });
    on("dragover", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      over.value = true;
    });
    on("dragleave", (event) => {
      if (event.relatedTarget === null) over.value = false;
    });
    on("drop", (event) => {
      over.value = false;
      if (event.dataTransfer === null || !hasFiles(event)) return;
      event.preventDefault();
      filesOfDrop(event.dataTransfer).then(take, fail);
    });
    return () => ends.abort();
  }, [over]);
  return (
    <div class="drop-cover" aria-hidden="true" hidden={!over.value}>
      {words.value.dropToOpen}
    </div>
  );
}
