/** Entry of the worker: wiring only; nobody imports it. */
import type { Requests } from "../workers/protocol.js";
import { handleJobs } from "./handle.js";
import { FileReaders } from "./read-ranges.js";
import { isFatal, type Runtime, startRuntime } from "./runtime.js";
import { serve } from "./serve.js";

const readers = new FileReaders();
let runtime: Promise<Runtime> | null = null;

serve<Requests>(
  {
    start: async ({ config }, { tell }) => {
      runtime = startRuntime(config, tell);
      return { result: (await runtime).info };
    },
    run: async ({ jobs }, { signal }) => {
      if (runtime === null) throw new Error("a job came before the start");
      return await handleJobs((await runtime).bridge, readers, jobs, signal);
    },
  },
  isFatal,
);
