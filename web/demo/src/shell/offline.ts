/** The service worker: registered, watched, and its state told on the page. */
import { type Signal, signal } from "@preact/signals";

export const offlineState: Signal<"idle" | "https" | "preparing" | "ready" | "none"> = signal("idle");
export const updateReady: Signal<boolean> = signal(false);

let waiting: ServiceWorker | null = null;
/** This tab is switching to the new version. */
let taking = false;

/** Register it where there is one; on plain HTTP from another machine there is none, and the chip says so. */
export async function setUpOffline(): Promise<void> {
  if (!("serviceWorker" in navigator)) {
    offlineState.value = "https";
    return;
  }
  try {
    const registration = await navigator.serviceWorker.register(new URL("./sw.js", document.baseURI));
    watchUpdates(registration);
    offlineState.value = "preparing";
    await activated(registration);
    offlineState.value = "ready";
  } catch {
    offlineState.value = "none";
  }
}

/** Wait until a worker answers for the page. `ready` alone would wait for ever for a first one that could not keep its files. */
async function activated({ installing, active }: ServiceWorkerRegistration): Promise<void> {
  const failed = new Promise<never>((_, reject) => {
    if (active !== null) return;
    installing?.addEventListener("statechange", () => {
      if (installing.state === "redundant") reject(new Error("not installed"));
    });
  });
  await Promise.race([navigator.serviceWorker.ready, failed]);
}

/** Reload with the version that waits, or that another tab has put in place. */
export function takeUpdate(): void {
  if (waiting === null) {
    location.reload();
    return;
  }
  taking = true;
  waiting.postMessage("take-over");
}

function watchUpdates(registration: ServiceWorkerRegistration): void {
  const { serviceWorker } = navigator;
  // The first worker does not replace another.
  let hadOne = serviceWorker.controller !== null;
  const offer = (): void => {
    waiting = registration.waiting;
    updateReady.value = waiting !== null && hadOne;
  };
  const watch = (): void => registration.installing?.addEventListener("statechange", offer);
  offer();
  watch();
  registration.addEventListener("updatefound", watch);
  serviceWorker.addEventListener("controllerchange", () => {
    if (taking) {
      location.reload();
      return;
    }
    // Another tab has taken the new version: this page is of the old one.
    waiting = null;
    updateReady.value = hadOne;
    hadOne = true;
  });
}
