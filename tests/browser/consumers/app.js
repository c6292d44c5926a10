import { createOverlayExporter, toZip } from "dicom-overlay";

/** Let the test export the chosen files with one plane each. */
export function offer(options) {
  globalThis.run = async () => {
    const files = [...document.querySelector("#files").files];
    const exporter = await createOverlayExporter({ runtimeUrl: "runtime/", workers: 1, ...options });
    try {
      const { rows, columns } = await exporter.inspect(files[0]);
      const size = rows * columns;
      const data = Uint8Array.from({ length: size * files.length }, (_, i) => (Math.imul(i % size, 2654435761) >>> 0) % 7 === 0);
      const volume = { data, rows, columns, slices: files.length, label: "Liver" };
      const blob = await new Response(toZip(exporter.exportSeries(files, [volume]))).blob();
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
}
