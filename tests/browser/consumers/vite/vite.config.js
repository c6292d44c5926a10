import { dicomOverlayRuntime } from "dicom-overlay/vite";

export default {
  plugins: [dicomOverlayRuntime()],
  build: { rollupOptions: { input: ["named.html", "found.html"] } },
};
