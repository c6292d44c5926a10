/** What the panel's buttons do. */

export interface ActionOptions {
  readonly signal: AbortSignal;
  readonly progress: (done: number, total: number, words: string) => void;
}

export interface ExportOptions extends ActionOptions {
  /** What happens to planes of the same label: `"refuse"` keeps them and takes free groups. */
  readonly existing: "refuse" | "replace-label";
  readonly to: "archive" | "zip";
}
