/** What the tests run in the page. */

/** Import the package of `base` and put the names that every test uses on the page's globals; starts nothing. */
export async function prepare({ base }) {
  const library = await import(`${base}/index.js`);
  const maskOf = (pixels, salt = 0) =>
    Uint8Array.from({ length: pixels }, (_, i) => ((Math.imul(i + salt, 2654435761) >>> 0) % 7 === 0 ? 1 : 0));
  const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const sha256 = async (blob) => hex(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
  const statuses = [];
  const create = (options = {}) =>
    library.createOverlayExporter({
      runtimeUrl: `${base}/runtime/`,
      workers: 1,
      onStatus: (status) => statuses.push(status),
      ...options,
    });
  const files = () => [...document.querySelector("#files").files];
  /** What a promise came to, as plain data: an error as its code and detail. */
  const outcome = (promise) =>
    promise.then(
      () => ({ code: "resolved" }),
      // Through JSON: the protocol of Firefox leaves out what it has sent once already.
      (error) => JSON.parse(JSON.stringify({ code: error?.code ?? String(error), detail: error?.detail, name: error?.name })),
    );
  Object.assign(globalThis, { library, maskOf, sha256, statuses, create, files, outcome });
}

/** Keep hold of the page's workers, so that a test can end one from outside, or wait for the next one. */
export function keepWorkers() {
  globalThis.workers = [];
  let told = [];
  globalThis.nextWorker = () => new Promise((resolve) => told.push(resolve));
  const Native = globalThis.Worker;
  globalThis.Worker = class extends Native {
    constructor(url, options) {
      super(url, options);
      globalThis.workers.push(this);
      for (const tell of told) tell(this);
      told = [];
    }
  };
}

/** One server, browser and page for a file of tests; call `close` after them. */
export async function openTestPage({ serve, launch, openPage }, base = "", args = [], path = "/page.html") {
  const server = await serve();
  const browser = await launch(args).catch(async (error) => {
    await server.stop();
    throw error;
  });
  const { page, uncaught } = await openPage(browser, server.origin, path);
  await page.evaluate(keepWorkers);
  await page.evaluate(prepare, { base });
  const close = async () => {
    await browser.close();
    await server.stop();
  };
  return { server, browser, page, uncaught, close };
}
