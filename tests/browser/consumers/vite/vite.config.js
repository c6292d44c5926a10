import { dicomOverlayRuntime } from "dicom-overlay/vite";

export default { plugins: [dicomOverlayRuntime()] };
