/**
 * The notebook's cells run in the reader's browser: on the first click Python is loaded from the site's own folder `runtime/`.
 *
 * Cells with the tags `pictures` and `simpleitk` need packages that the site does not have, and stay as they are.
 */
const cells = [...document.querySelectorAll(".cell:not(.tag_pictures, .tag_simpleitk)")].map(makeCell);
let worker = null;
let isRunning = false;

function makeCell(element, at) {
  const pre = element.querySelector(".cell_input pre");
  const run = document.createElement("button");
  run.type = "button";
  run.className = "live-run";
  run.textContent = "Run here";
  const output = document.createElement("div");
  output.className = "live-output";
  output.setAttribute("role", "status");
  element.querySelector(".cell_input").append(run, output);
  const cell = { element, pre, run, output, editor: null, isDone: false, name: `Cell ${at + 1}` };
  run.onclick = () => (isRunning ? stop() : runUpTo(cell));
  return cell;
}

/** Make a cell's code editable, the first time. */
function edit(cell) {
  if (cell.editor !== null) return;
  const editor = document.createElement("textarea");
  editor.value = cell.pre.textContent.trimEnd();
  editor.rows = editor.value.split("\n").length;
  editor.spellcheck = false;
  editor.setAttribute("aria-label", `${cell.name}, Python`);
  editor.oninput = () => {
    cell.isDone = false;
    editor.rows = editor.value.split("\n").length;
  };
  cell.pre.closest(".cell_input > div").replaceWith(editor);
  cell.editor = editor;
}

/** Run a cell, and before it those above that have not run since they were changed. */
async function runUpTo(last) {
  isRunning = true;
  for (const cell of cells) {
    edit(cell);
    cell.run.textContent = "Stop";
  }
  last.isDone = false;
  let shown = last;
  try {
    for (const cell of cells.slice(0, cells.indexOf(last) + 1)) {
      if (cell.isDone) continue;
      shown = cell;
      if (!(await runCell(cell))) break;
    }
  } catch (error) {
    end();
    show(shown, { text: error.message, isError: true });
  }
  isRunning = false;
  for (const cell of cells) cell.run.textContent = "Run";
}

async function runCell(cell) {
  show(cell, { text: worker === null ? "Loading Python from this site …" : "Running …" });
  worker ??= new Worker(new URL("live-worker.js", import.meta.url), { type: "module" });
  const code = cell.editor.value;
  const answer = await new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = () =>
      reject(new Error("Python did not start: the site's folder runtime/ is not there, or may not run."));
    worker.onstop = () => reject(new Error("Stopped. The next run starts Python anew."));
    worker.postMessage(code);
  });
  if (answer.isOver) end();
  show(cell, answer);
  // Edited meanwhile, it has to run again.
  cell.isDone = !answer.isError && cell.editor.value === code;
  return !answer.isError;
}

function show({ element, output }, { text = "", html = "", isError = false }) {
  const made = document.createElement("pre");
  made.textContent = text;
  made.tabIndex = 0;
  made.classList.toggle("live-error", isError);
  output.replaceChildren(...(text === "" ? [] : [made]));
  if (html !== "") output.insertAdjacentHTML("beforeend", html);
  element.querySelector(".cell_output")?.remove();
}

function stop() {
  worker?.onstop();
}

/** Forget Python and all that ran. */
function end() {
  worker?.terminate();
  worker = null;
  for (const cell of cells) cell.isDone = false;
}
