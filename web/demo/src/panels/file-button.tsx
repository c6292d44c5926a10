/** Buttons that let files be chosen. */
import type { ComponentChildren, JSX } from "preact";
import { bring } from "../actions/commands.js";
import { words } from "../words/words.js";
import { Icon, type IconName } from "./icons.js";

interface FileButtonProps {
  /** Of the input, which tests and labels know it by. */
  readonly id: string;
  readonly icon: IconName;
  readonly title?: string;
  readonly accept?: string;
  readonly isPrimary?: boolean;
  readonly isFolder?: boolean;
  readonly onFiles: (files: readonly File[]) => void;
  readonly children: ComponentChildren;
}

export function FileButton(props: FileButtonProps): JSX.Element {
  const { id, icon, title, accept, isPrimary = false, isFolder = false, onFiles, children } = props;
  return (
    <>
      <label class={isPrimary ? "button primary" : "button"} for={id} title={title}>
        <Icon name={icon} />
        {children}
      </label>
      <input
        id={id}
        class="visually-hidden"
        type="file"
        multiple
        accept={accept}
        {...(isFolder ? { webkitdirectory: true } : {})}
        data-testid={id}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          // Choosing the same file again must count as a choice.
          event.currentTarget.value = "";
          onFiles(files);
        }}
      />
    </>
  );
}

/** Brings mask files in; they wait for their image where none is open yet. */
export function MaskButton(): JSX.Element {
  const w = words.value;
  const accept = ".png,.npy,.nii,.gz,.nrrd,.mha,.dcm";
  return (
    <FileButton id="mask-input" icon="mask" title={w.maskForms} accept={accept} onFiles={bring}>
      {w.bringMask}
    </FileButton>
  );
}
