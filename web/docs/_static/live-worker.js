/** Python for the cells of live.js: answers each message, a cell's code, with what a notebook would show. */
const runtime = new URL("../../runtime/", import.meta.url).href;
const started = start();
started.catch(() => undefined);
let printed = [];

globalThis.onmessage = async ({ data: code }) => {
  try {
    const show = await started;
    printed = [];
    const [text, html, isError] = (await show(code)).toJs();
    postMessage({ text: [...printed, text].filter((line) => line !== "").join("\n"), html, isError });
  } catch (error) {
    postMessage({
      text: `Python did not start: ${error.message.trim().split("\n").at(-1)}`,
      isError: true,
      isOver: true,
    });
  }
};

async function start() {
  const { loadPyodide } = await import(`${runtime}pyodide.mjs`);
  const pyodide = await loadPyodide({ indexURL: runtime, packages: ["dicom-overlay", "numpy"] });
  const print = { batched: (line) => printed.push(line) };
  pyodide.setStdout(print);
  pyodide.setStderr(print);
  // The runtime's pydicom comes without its test images.
  const image = await fetch(new URL("CT_small.dcm", import.meta.url));
  if (!image.ok) throw new Error(`the test image was answered with ${image.status}`);
  pyodide.globals.set("image", new Uint8Array(await image.arrayBuffer()));
  return pyodide.runPython(`
import traceback
from pathlib import Path
import pydicom
from pyodide.code import eval_code_async

folder = Path(pydicom.__file__).parent / "data" / "test_files"
folder.mkdir(exist_ok=True)
(folder / "CT_small.dcm").write_bytes(image.to_bytes())
names = {"__name__": "__main__"}

async def show(code):
    try:
        value = await eval_code_async(code, names, filename="<cell>")
        html = getattr(value, "_repr_html_", None)
        return ("" if value is None or html else repr(value)), (html() if html else ""), False
    except BaseException as error:
        lines = code.splitlines()
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<cell>"]
        where = [f"line {frame.lineno}: {lines[frame.lineno - 1].strip()}" for frame in frames if frame.lineno <= len(lines)]
        return "\\n".join([*where, *traceback.format_exception_only(error)]).strip(), "", True

show`);
}
