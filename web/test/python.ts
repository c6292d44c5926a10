import { fileURLToPath } from "node:url";

/** The project's own interpreter, in which the wheel is installed. */
export const python: string = fileURLToPath(new URL("../../.venv/bin/python", import.meta.url));
