/** The unsaved work that the browser keeps for the page. */
import assert from "node:assert/strict";
import { PATIENCE } from "../exporter/browsers.mjs";

/** The records of all series; an error instead of an answer ends the test, and not its patience. */
export async function records(page) {
  return await page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const request = indexedDB.open("dicom-overlay work");
        // A database without its store would be one in which the page can keep nothing.
        request.onupgradeneeded = () => request.transaction.abort();
        request.onerror = () => (request.error.name === "AbortError" ? resolve([]) : reject(request.error));
        request.onsuccess = () => {
          const { result } = request;
          result.onversionchange = () => result.close();
          if (!result.objectStoreNames.contains("series")) reject(new Error("the database has no store"));
          const all = result.transaction("series").objectStore("series").getAll();
          all.onerror = () => reject(all.error);
          all.onsuccess = () => {
            result.close();
            resolve(all.result);
          };
        };
      }),
  );
}

/** Wait until work on so many series is kept. */
export async function untilKept(page, count) {
  let found = await records(page);
  for (const end = Date.now() + PATIENCE; found.length !== count; found = await records(page)) {
    assert.ok(Date.now() < end, `${found.length} instead of ${count} records are kept`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
