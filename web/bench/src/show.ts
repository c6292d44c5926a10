/** Results as a table and as bars. */

export interface Line {
  readonly contender: string;
  readonly median: number;
  readonly p95: number;
  readonly samples: readonly number[];
  readonly judged: number;
  readonly fault: string;
}

export function showTable(table: HTMLElement, lines: readonly Line[], ours: string): void {
  const reference = lines.find(({ contender }) => contender === ours)?.median;
  const body = table.querySelector("tbody");
  table.hidden = false;
  body?.replaceChildren(
    ...lines.map(({ contender, median, p95, judged, fault }) => {
      const row = document.createElement("tr");
      const ratio = reference === undefined ? "" : `${(median / reference).toFixed(2)} ×`;
      const verdict =
        fault !== "" ? fault : judged === 0 ? "no overlay written" : `${judged} read back, equal`;
      for (const [at, text] of [contender, median.toFixed(2), p95.toFixed(2), ratio, verdict].entries()) {
        const cell = document.createElement("td");
        cell.textContent = text;
        if (at >= 1 && at <= 3) cell.className = "number";
        if (at === 4 && fault !== "") cell.className = "wrong";
        row.append(cell);
      }
      return row;
    }),
  );
}

export function drawChart(target: HTMLElement, lines: readonly Line[], ours: string): void {
  const namespace = "http://www.w3.org/2000/svg";
  const make = (name: string, attributes: Record<string, string | number>, text = ""): SVGElement => {
    const node = document.createElementNS(namespace, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
    node.textContent = text;
    return node;
  };
  const longest = Math.max(...lines.map(({ median }) => median));
  const svg = make("svg", { viewBox: `0 0 900 ${lines.length * 28 + 10}`, width: "100%", role: "img" });
  svg.append(make("title", {}, "Milliseconds for each file, median"));
  for (const [index, { contender, median }] of lines.entries()) {
    const y = index * 28 + 6;
    const width = Math.max(1, (median / longest) * 560);
    svg.append(
      make("text", { x: 190, y: y + 15, "text-anchor": "end", "font-size": 14 }, contender),
      make("rect", {
        x: 200,
        y,
        width,
        height: 20,
        class: contender.startsWith(ours.slice(0, 4)) ? "ours" : "other",
      }),
      make("text", { x: 206 + width, y: y + 15, "font-size": 14 }, `${median.toFixed(1)} ms`),
    );
  }
  target.replaceChildren(svg);
}
