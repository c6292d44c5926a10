import { createOverlayExporter, toZipBlob } from "dicom-overlay";

const worker = () => new Worker(new URL("dicom-overlay/worker", import.meta.url), { type: "module" });

/** Export the chosen files with one plane each; called by the test, with a worker of its own or without. */
globalThis.run = async (isGiven) => {
  const files = [...document.querySelector("#files").files];
  const exporter = await createOverlayExporter({ runtimeUrl: "runtime/", workers: 1, worker: isGiven ? worker : undefined });
  try {
    const { rows, columns } = await exporter.inspect(files[0]);
    const size = rows * columns;
    const data = Uint8Array.from({ length: size * files.length }, (_, i) => (Math.imul(i % size, 2654435761) >>> 0) % 7 === 0);
    const volume = { mask: data, rows, columns, slices: files.length, label: "Liver" };
    const blob = await toZipBlob(exporter.exportSeries(files, [volume]));
    const url = await new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result);
      reader.onerror = () => reject(reader.error);
      reader.readAsDataURL(blob);
    });
    return url.slice(url.indexOf(",") + 1);
  } finally {
    exporter.dispose();
  }
};
document.body.dataset.ready = "yes";
