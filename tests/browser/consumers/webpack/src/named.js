import { offer } from "./app.js";

offer({ worker: () => new Worker(new URL("dicom-overlay/worker", import.meta.url), { type: "module" }) });
