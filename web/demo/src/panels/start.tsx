/** Input: the start page, the buttons for more files, and dropping files anywhere. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { bring, open, openSample } from "../actions/commands.js";
import { fail } from "../model/queue.js";
import { type Found, filesOfDrop, filesOfList, folderPicker, sortFiles, walkFolder } from "../open/drop.js";
import { words } from "../words/words.js";
import { Button } from "./controls.js";
import { FileButton, MaskButton } from "./file-button.js";

/** Masks among images go to the mask import; everything else is opened. */
function take({ files, lost }: Found): void {
  const { masks, images } = sortFiles(files);
  if (images.length + lost.length > 0) open(images, lost);
  bring(masks);
}

function takeList(files: readonly File[]): void {
  take(filesOfList(files));
}

/** A picked folder can be saved back into; an input's files cannot. */
async function pickFolder(picker: NonNullable<ReturnType<typeof folderPicker>>): Promise<void> {
  try {
    take(await walkFolder(await picker({ mode: "read" })));
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "AbortError")) fail(error);
  }
}

/** The buttons that open files and folders; `large` on the start page. */
export function OpenButtons({ large }: { readonly large: boolean }): JSX.Element {
  const w = words.value;
  const picker = folderPicker();
  const folder = large ? w.chooseFolder : w.openFolder;
  return (
    <>
      <FileButton id="file-input" icon="file" isPrimary={large} onFiles={takeList}>
        {large ? w.chooseFiles : w.openMore}
      </FileButton>
      {picker === null ? (
        <FileButton id="folder-input" icon="folder" isFolder onFiles={takeList}>
          {folder}
        </FileButton>
      ) : (
        <Button id="folder-button" icon="folder" onClick={() => void pickFolder(picker)}>
          {folder}
        </Button>
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
        <Button id="sample-button" data-testid="sample-button" onClick={openSample}>
          {w.trySample}
        </Button>
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
