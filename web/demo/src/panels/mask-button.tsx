/** The button that brings mask files in; they wait for their image where none is open yet. */
import type { JSX } from "preact";
import { bring } from "../actions/commands.js";
import { words } from "../words/words.js";
import { Icon } from "./icons.js";

export function MaskButton(): JSX.Element {
  const w = words.value;
  return (
    <>
      <label class="button" for="mask-input" title={w.maskForms}>
        <Icon name="mask" />
        {w.bringMask}
      </label>
      <input
        id="mask-input"
        class="visually-hidden"
        type="file"
        multiple
        accept=".png,.npy,.nii,.gz,.nrrd,.mha,.dcm"
        data-testid="mask-input"
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          // Choosing the same file again shall count as a choice.
          event.currentTarget.value = "";
          bring(files);
        }}
      />
    </>
  );
}
