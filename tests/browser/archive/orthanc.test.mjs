/**
 * A real archive that cuts its lists short: real files of every kind that can be had (`WHOLE=1`: every file), out of it, back with
 * a plane, and out again. No browser: the package's entry for archives runs in Node as it does in a page. Once, beside the tests in Chromium.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startOrthanc } from "../../../web/scripts/pacs/orthanc.mjs";
import { describeOnce } from "../exporter/once.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const python = join(root, ".venv", "bin", "python");
const { fromDicomWeb, listOverlays, toDicomWeb } = await import(join(root, "web/dist/dicomweb.js"));
const folder = mkdtempSync(join(tmpdir(), "dicom-overlay-circle-"));

/** Fewer than the sample series has. */
const LIMIT = 10;

let archive;
let url;

const run = async (...words) => {
  const env = { ...process.env, PYTHONPATH: join(root, "tests") };
  const { stdout } = await promisify(execFile)(python, words, {
    env,
    maxBuffer: 1 << 28,
  });
  return stdout;
};

/** What Orthanc answers, which nothing changes. It may close a connection before all of an answer is out: then it is asked again. */
async function read(path, request = {}, attempts = 3) {
  try {
    return Buffer.from(await (await fetch(`${archive.url}${path}`, request)).arrayBuffer());
  } catch (error) {
    if (attempts === 1) throw error;
    return await read(path, request, attempts - 1);
  }
}

async function asked(path, body) {
  const request = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  return JSON.parse(String(await read(path, request)));
}

/** What Orthanc itself holds of a series: its files by SOP Instance UID. */
async function heldBy(id) {
  const held = new Map();
  for (const one of await asked(`/series/${id}/instances`))
    held.set(one.MainDicomTags.SOPInstanceUID, await read(`/instances/${one.ID}/file`));
  return held;
}

async function heldAlone(uid) {
  const [id] = await asked("/tools/find", {
    Level: "Instance",
    Query: { SOPInstanceUID: uid },
  });
  return await read(`/instances/${id}/file`);
}

async function seriesOf(id) {
  const { MainDicomTags, ParentStudy } = await asked(`/series/${id}`);
  const { MainDicomTags: study } = await asked(`/studies/${ParentStudy}`);
  return {
    study: study.StudyInstanceUID,
    series: MainDicomTags.SeriesInstanceUID,
  };
}

/** Series that share their UID with no other series: of two patients with one Orthanc sends neither. */
async function seriesOfTheirOwn() {
  const all = await asked("/series?expand");
  const uids = all.map(({ MainDicomTags }) => MainDicomTags.SeriesInstanceUID);
  return all
    .filter((_, at) => uids.indexOf(uids[at]) === uids.lastIndexOf(uids[at]))
    .map(({ ID }) => ID);
}

/** The status of a store of one instance, without the package. */
async function storesAlone(blob) {
  const body = new Blob([
    "--one\r\nContent-Type: application/dicom\r\n\r\n",
    blob,
    "\r\n--one--\r\n",
  ]);
  const headers = {
    accept: "application/dicom+json",
    "content-type": 'multipart/related; type="application/dicom"; boundary=one',
  };
  return (await fetch(`${url}/studies`, { method: "POST", headers, body }))
    .status;
}

describeOnce("a real archive", () => {
  before(async () => {
    archive = await startOrthanc({
      extra: { LimitFindInstances: LIMIT, LimitFindResults: LIMIT },
    });
    url = archive.dicomWeb;
    await run(join(root, "web/scripts/build_sample.py"), join(folder, "sample"));
    const sample = readdirSync(join(folder, "sample")).map((name) =>
      join(folder, "sample", name),
    );
    const paths = [...JSON.parse(await run(join(root, "tests/browser/archive/kinds.py"))), ...sample];
    for (const path of paths)
      await fetch(`${archive.url}/instances`, {
        method: "POST",
        body: readFileSync(path),
      }).catch(() => null);
  });

  after(async () => {
    await archive?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("every series comes out of the archive whole and byte for byte, and goes back with a plane", async () => {
    const [from, to] = [join(folder, "from"), join(folder, "to")];
    const ids = await seriesOfTheirOwn();
    let [instances, longest] = [0, 0];
    for (const [number, id] of ids.entries()) {
      const held = await heldBy(id);
      const found = await fromDicomWeb({ url, ...(await seriesOf(id)) });
      assert.deepEqual(
        new Set(found.map(({ sopInstanceUid }) => sopInstanceUid)),
        new Set(held.keys()),
      );
      mkdirSync(join(from, String(number)), { recursive: true });
      for (const { file, sopInstanceUid } of found) {
        const bytes = Buffer.from(await file.arrayBuffer());
        assert.ok(bytes.equals(held.get(sopInstanceUid)));
        writeFileSync(join(from, String(number), file.name), bytes);
      }
      instances += found.length;
      longest = Math.max(longest, found.length);
    }
    assert.ok(longest > 2 * LIMIT, `${longest} instances in the longest series`);

    const made = JSON.parse(
      await run(join(root, "tests/browser/archive/derive.py"), from, to),
    );
    const results = made.map(({ series, file, uid }) => {
      return {
        name: file,
        blob: new Blob([readFileSync(join(to, series, file))]),
        sopInstanceUid: uid,
      };
    });
    const report = await toDicomWeb(results, { url });
    const refused = [];
    for (const [at, { outcome, sopInstanceUid }] of report.instances.entries()) {
      if (outcome !== "written")
        refused.push(await storesAlone(results[at].blob));
      else
        assert.ok(
          (await heldAlone(sopInstanceUid)).equals(
            Buffer.from(await results[at].blob.arrayBuffer()),
          ),
        );
    }
    console.log(
      `# ${ids.length} series, ${instances} instances out and ${made.length - refused.length} back with a plane, byte for byte`,
    );
    assert.ok(made.length > 50, `${made.length} instances`);
    // Orthanc's STOW-RS does not take what a program wrote with VR UN for standard elements, whoever sends it.
    assert.deepEqual(refused, process.env.WHOLE === undefined ? [] : [400]);
  });

  it("the planes of a series are listed and read without its pixels", async () => {
    const [{ ID }] = await asked("/tools/find", {
      Level: "Series",
      Query: { SeriesDescription: "Sample series overlay" },
      Expand: true,
    });
    const listed = await listOverlays({ url, ...(await seriesOf(ID)) });
    assert.equal(listed.length, 24);
    for (const { rows, columns, planes } of listed) {
      const [plane] = planes;
      assert.deepEqual(
        [planes.length, plane.rows, plane.columns, plane.label],
        [1, rows, columns, "Circle"],
      );
      const bits = await plane.load();
      assert.ok(
        [0, 1, 7, 8, 14].every(
          (pixel) =>
            ((bits[pixel >> 3] >> (pixel & 7)) & 1) === (pixel % 7 === 0 ? 1 : 0),
        ),
      );
    }
  });
});
