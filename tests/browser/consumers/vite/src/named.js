import workerUrl from "dicom-overlay/worker?url";
import { offer } from "./app.js";

globalThis.workerUrl = new URL(workerUrl, location.href).href;
offer({ worker: workerUrl });
