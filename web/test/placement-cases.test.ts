/**
 * The table of masks and images that Python reads too (`tests/unit/test_placement_cases.py`): the pixels that a volume gives an
 * image are those of the table. Which voxel lies where is asked of the wheel; what is cut out of the volume is this package's.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { viewPlane } from "../src/masks/volume-planes.js";
import type { PlacedView } from "../src/values/results.js";
import type { Volume } from "../src/values/volume.js";

interface PlacementCase {
  readonly name: string;
  readonly images: readonly {
    readonly rows: number;
    readonly columns: number;
    readonly numberOfFrames: number;
  }[];
  readonly geometry: { readonly size: readonly [number, number, number] };
  readonly items?: readonly number[];
  readonly pixels?: readonly (readonly number[] | null)[];
}

const root = new URL("../../", import.meta.url);
const cases = JSON.parse(
  readFileSync(new URL("tests/data/placement-cases.json", root), "utf8"),
) as readonly PlacementCase[];
const jobs = cases.map(({ images, geometry }) => ({ type: "place", instances: images, geometry }));
const code =
  "import sys; from dicom_overlay.bridge import handle; print(handle(sys.stdin.read(), [], lambda *_: b'')[0])";
const answers = JSON.parse(
  execFileSync(fileURLToPath(new URL(".venv/bin/python", root)), ["-c", code], {
    encoding: "utf8",
    input: JSON.stringify(jobs),
  }),
) as readonly { readonly ok?: { readonly views: readonly (PlacedView | null)[] } }[];

function volumeOf({ geometry, items }: PlacementCase): Volume {
  const [columns, rows, slices] = geometry.size;
  return { mask: Uint8Array.from(items ?? []), rows, columns, slices, value: undefined } as unknown as Volume;
}

it.each(cases.map((one, index) => [one.name, one, index] as const))("%s", (_, one, index) => {
  const views = answers[index]?.ok?.views;
  if (one.pixels === undefined) {
    expect(views).toBeUndefined();
    return;
  }
  let first = 0;
  for (const { rows, columns, numberOfFrames } of one.images) {
    const own = views?.slice(first, first + numberOfFrames) ?? [];
    const wanted = one.pixels.slice(first, first + numberOfFrames);
    first += numberOfFrames;
    expect(own.map((view) => view === null)).toEqual(wanted.map((pixels) => pixels === null));
    const { mask } = viewPlane(volumeOf(one), own, rows, columns) as { mask: Uint8Array };
    const clear = new Array<number>(rows * columns).fill(0);
    expect([...mask]).toEqual(wanted.flatMap((pixels) => pixels ?? clear));
  }
});
