import type { ExportOptions } from "../src/export/plan.js";

/** What most tests ask of an export, but for where it goes and whether it is checked. */
export const USUAL: Omit<ExportOptions, "sink" | "check"> = {
  form: "planes",
  scope: "series",
  instance: "keep",
  unmarked: "omit",
  pattern: "{name}",
};
