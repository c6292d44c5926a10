/** The built page in one browser: each suite opens pages of its own. */
import { after, before, describe } from "node:test";
import { answers } from "./answers.mjs";
import { editing } from "./editing.mjs";
import { keeping } from "./keeping.mjs";
import { looking } from "./looking.mjs";
import { masks } from "./masks.mjs";
import { inTurns, openSample, startDemo } from "./page.mjs";
import { qualities } from "./qualities.mjs";
import { saving } from "./saving.mjs";
import { walk } from "./walk.mjs";

describe("the page", () => {
  const shared = {};
  before(async () => {
    shared.demo = await startDemo();
  });
  after(async () => {
    await shared.demo?.stop();
  });
  shared.onSample = inTurns(shared, openSample);
  // First: what is kept is counted, and the page that others take turns in keeps its marks too.
  keeping(shared);
  walk(shared);
  looking(shared);
  editing(shared);
  masks(shared);
  saving(shared);
  answers();
  qualities(shared);
});
