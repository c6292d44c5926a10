/**
 * Safari's engine as Debian has it (WebKitGTK), driven by the W3C WebDriver protocol with nothing but `fetch`.
 *
 * puppeteer does not drive it, and its small browser has no window-less mode: it runs under a virtual display.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";

const browser = process.env.WEBKIT_PATH ?? "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";
/** Name of an element in the protocol's answers. */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

/**
 * Start the browser.
 *
 * @returns the session: `open`, `run` (a function in the page, with JSON in and out, promises awaited), `giveFiles`,
 *   `click`, `close`.
 * @throws when it is not installed, or does not answer within 240 s.
 */
export async function launchWebkit() {
  if (!existsSync(browser)) throw new Error("WebKitGTK is not installed (apt-get install webkit2gtk-driver xvfb)");
  const port = await freePort();
  const child = spawn("xvfb-run", ["-a", "WebKitWebDriver", `--port=${port}`], { detached: true, stdio: "ignore" });
  const failed = new Promise((_, reject) => child.once("error", reject));
  failed.catch(() => undefined);
  // The group: xvfb-run, its display, the driver and the browser.
  const stop = () => {
    try {
      process.kill(-child.pid, "SIGTERM");
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
  };
  try {
    const root = `http://127.0.0.1:${port}`;
    await Promise.race([answers(root), failed]);
    const options = { binary: browser, args: ["--automation"] };
    const capabilities = { alwaysMatch: { browserName: "MiniBrowser", "webkitgtk:browserOptions": options } };
    const { sessionId } = await ask(`${root}/session`, "POST", { capabilities });
    return session(`${root}/session/${sessionId}`, stop);
  } catch (error) {
    stop();
    throw error;
  }
}

async function session(root, stop) {
  await ask(`${root}/timeouts`, "POST", { script: 240_000, pageLoad: 240_000 });
  const find = async (selector) =>
    (await ask(`${root}/element`, "POST", { using: "css selector", value: selector }))[ELEMENT];
  const run = async (task, ...args) => {
    const script = `
      const done = arguments[arguments.length - 1];
      const given = JSON.parse(arguments[0]);
      Promise.resolve().then(() => (${task})(...given)).then(
        (value) => done(JSON.stringify({ value })),
        (error) => done(JSON.stringify({ error: String(error), stack: String(error?.stack) })));`;
    const { value, error, stack } = JSON.parse(
      await ask(`${root}/execute/async`, "POST", { script, args: [JSON.stringify(args)] }),
    );
    if (error !== undefined) throw new Error(`in the page: ${error}\n${stack}`);
    return value;
  };
  return {
    open: (url) => ask(`${root}/url`, "POST", { url }),
    run,
    giveFiles: async (...paths) => {
      await run(() => {
        document.querySelector("#files").value = "";
      });
      await ask(`${root}/element/${await find("#files")}/value`, "POST", { text: paths.join("\n") });
    },
    click: async (selector) => ask(`${root}/element/${await find(selector)}/click`, "POST", {}),
    close: async () => {
      await ask(root, "DELETE").catch(() => undefined);
      stop();
    },
  };
}

async function ask(url, method, body) {
  const response = await fetch(url, { method, body: body === undefined ? undefined : JSON.stringify(body) });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`WebDriver: ${value?.error}: ${value?.message}`);
  return value;
}

async function answers(root) {
  for (const end = Date.now() + 240_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    try {
      if ((await ask(`${root}/status`, "GET")).ready) return;
    } catch (error) {
      if (Date.now() > end) throw new Error("WebKitWebDriver does not answer", { cause: error });
    }
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}
