/** `config.json` beside the page, where a host may name its archive. By default nothing leaves the machine. */
import { type Signal, signal } from "@preact/signals";

export interface ArchiveTarget {
  /** Base address of the DICOMweb services, on the page's own server: its policy reaches no other. */
  readonly url: string;
}

export const archive: Signal<ArchiveTarget | null> = signal(null);

/** Read the host's file; if it is missing or is not JSON, there is no archive. */
export async function readConfig(): Promise<void> {
  try {
    const response = await fetch(new URL("./config.json", document.baseURI), { cache: "no-cache" });
    if (!response.ok) return;
    const { dicomweb } = (await response.json()) as { dicomweb?: unknown };
    if (typeof dicomweb === "string" && dicomweb !== "")
      archive.value = { url: new URL(dicomweb, document.baseURI).href };
  } catch {
    // Treated as missing.
  }
}
