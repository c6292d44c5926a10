/** What the driver calls on the page. */
import { measure } from "./measure.js";
import { many, saving, series, size } from "./runs.js";

Object.assign(globalThis, { bench: { many, measure, saving, series, size } });
