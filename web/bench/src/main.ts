/** What the driver calls on the page. */
import { batch } from "./batches.js";
import { measure } from "./measure.js";
import { many, size } from "./runs.js";

Object.assign(globalThis, { bench: { batch, many, measure, size } });
