/** The service worker: registered, watched, and its state told on the page. */
import { type Signal, signal } from "@preact/signals";

export const offlineState: Signal<"idle" | "https" | "preparing" | "ready" | "none"> = signal("idle");
export const updateReady: Signal<boolean> = signal(false);

let waiting: ServiceWorker | null = null;

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
    await navigator.serviceWorker.ready;
    offlineState.value = "ready";
  } catch {
    offlineState.value = "none";
  }
}

/** Reload with the version that waits. */
export function takeUpdate(): void {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  waiting?.postMessage("take-over");
}

function watchUpdates(registration: ServiceWorkerRegistration): void {
  const offer = (): void => {
    waiting = registration.waiting;
    // The very first worker has nothing to replace.
    updateReady.value = waiting !== null && navigator.serviceWorker.controller !== null;
  };
  offer();
  registration.addEventListener("updatefound", () =>
    registration.installing?.addEventListener("statechange", offer),
  );
}
