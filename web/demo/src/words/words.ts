/** The page's language: what the browser prefers, or what was chosen here. */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { de } from "./de.js";
import { en, type Words } from "./en.js";

export type Language = "en" | "de";

const STORED = "dicom-overlay language";

export const language: Signal<Language> = signal(preferred());
export const words: ReadonlySignal<Words> = computed(() => (language.value === "de" ? de : en));

export function chooseLanguage(next: Language): void {
  language.value = next;
  try {
    localStorage.setItem(STORED, next);
  } catch {
    // If storage is blocked, the choice is not kept.
  }
}

function preferred(): Language {
  try {
    const stored = localStorage.getItem(STORED);
    if (stored === "de" || stored === "en") return stored;
  } catch {
    // As above.
  }
  return globalThis.navigator?.language?.toLowerCase().startsWith("de") ? "de" : "en";
}
