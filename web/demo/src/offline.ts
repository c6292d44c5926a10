/** The service worker: registered, watched, and its state told on the page. */
import { byId } from "./dom.js";

/** Register it where there is one; on plain HTTP from another machine there is none, and the chip says so. */
export async function setUpOffline(): Promise<void> {
  const chip = byId("offline-chip", HTMLElement);
  if (!("serviceWorker" in navigator)) {
    chip.textContent = "Offline: needs HTTPS";
    return;
  }
  try {
    const registration = await navigator.serviceWorker.register(new URL("./sw.js", document.baseURI));
    watchUpdates(registration);
    chip.textContent = "Offline: being prepared";
    await navigator.serviceWorker.ready;
    chip.textContent = "Ready offline";
    chip.classList.add("good");
  } catch {
    chip.textContent = "Offline: not available";
  }
}

function watchUpdates(registration: ServiceWorkerRegistration): void {
  const offer = (): void => {
    const { waiting } = registration;
    // The very first worker has nothing to replace.
    if (waiting === null || navigator.serviceWorker.controller === null) return;
    const bar = byId("update-bar", HTMLElement);
    bar.hidden = false;
    byId("update-button", HTMLButtonElement).onclick = () => {
      navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
      waiting.postMessage("take-over");
    };
  };
  offer();
  registration.addEventListener("updatefound", () =>
    registration.installing?.addEventListener("statechange", offer),
  );
}
