/** The offer of work from an earlier visit, beside the image, which must not move. */
import type { JSX } from "preact";
import { forgetWork, offer, restoreWork } from "../actions/keep.js";
import { language, words } from "../words/words.js";
import { Button } from "./controls.js";

export function OfferBar(): JSX.Element | null {
  const w = words.value;
  const found = offer.value;
  if (found === null) return null;
  const when = new Date(found.record.time).toLocaleString(language.value);
  return (
    <div class="bar" data-testid="offer">
      <span>{w.workFound(found.record.work.layers.length, when)}</span>
      <Button data-testid="restore-work" onClick={() => restoreWork(found)}>
        {w.restoreWork}
      </Button>
      <Button data-testid="forget-work" onClick={() => void forgetWork(found)}>
        {w.forgetWork}
      </Button>
    </div>
  );
}
