/** Peak memory of a browser with all its processes, from the outside: the same for every engine. Linux only. */
import { readdir, readFile } from "node:fs/promises";

const EVERY_MS = 50;

/** Watch process `root` and its descendants; `stop` returns the peak above the start, in MB of proportional set size. */
export async function watchMemory(root) {
  const base = await total(root);
  let peak = base;
  let running = true;
  const loop = (async () => {
    while (running) {
      peak = Math.max(peak, await total(root));
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  })();
  return {
    async stop() {
      running = false;
      await loop;
      return { base: base / 1024, peak: peak / 1024, more: (peak - base) / 1024 };
    },
  };
}

async function total(root) {
  const sizes = await Promise.all([...(await family(root))].map(proportionalSize));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function family(root) {
  const parents = new Map();
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, "utf8").catch(() => "");
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 4).split(" ")[0]);
    parents.set(Number(entry), parent);
  }
  const found = new Set([root]);
  for (let size = 0; size !== found.size; ) {
    size = found.size;
    for (const [pid, parent] of parents) if (found.has(parent)) found.add(pid);
  }
  return found;
}

/** Kilobytes; a process that ended meanwhile has none. */
async function proportionalSize(pid) {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
}
