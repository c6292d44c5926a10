"""What the worker does: JavaScript hands the bridge typed arrays and a reader, and applies the splices it gets back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from pydicom.data import get_testdata_file

from dicom_files import pack
from dicom_overlay import bridge

if TYPE_CHECKING:
    from pyodide_machine import Machine

CALL = """
const file = pyodide.FS.readFile("/home/pyodide/in.dcm");
const mask = pyodide.FS.readFile("/home/pyodide/mask.raw");
const module = pyodide.pyimport("dicom_overlay.bridge");
const reads = [];
const read = (job, start, end) => { reads.push([job, start, end]); return file.slice(start, end); };
const answer = module.handle(REQUEST, [mask], read);
const [text, buffers] = answer.toJs();
answer.destroy();
module.destroy();
const [record] = JSON.parse(text);
if (record.ok && record.ok.splices) {
  const parts = [];
  let at = 0;
  for (const { start, end, buffer } of record.ok.splices) {
    parts.push(file.slice(at, start), buffers[buffer]);
    at = end;
  }
  parts.push(file.slice(at));
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  const out = new Uint8Array(total);
  let offset = 0;
  for (const part of parts) { out.set(part, offset); offset += part.length; }
  pyodide.FS.writeFile("/home/pyodide/out.dcm", out);
}
return JSON.stringify({ record, reads });
"""


@pytest.fixture(scope="module")
def image() -> bytes:
    with open(str(get_testdata_file("CT_small.dcm", download=False)), "rb") as file:
        return file.read()


def call(machine: Machine, image: bytes, mask: bytes, request: dict[str, Any]) -> dict[str, Any]:
    machine.put("/home/pyodide/in.dcm", image)
    machine.put("/home/pyodide/mask.raw", mask)
    script = CALL.replace("REQUEST", json.dumps(json.dumps([request])))
    answer: dict[str, Any] = json.loads(machine.runner.run_js(script))
    return answer


def write_request(image: bytes) -> dict[str, Any]:
    plane = {"rows": 128, "columns": 128, "buffer": 0, "label": "Lesion"}
    options = {"instance": "keep", "strict": False}
    return {"type": "write", "size": len(image), "planes": [plane], "options": options}


def test_splices_applied_in_javascript_give_the_native_bytes(machine: Machine, image: bytes) -> None:
    mask = pack([pixel % 7 == 0 for pixel in range(128 * 128)])
    request = write_request(image)
    native_text, native_buffers = bridge.handle(json.dumps([request]), [mask], lambda _, start, end: image[start:end])
    (native,) = json.loads(native_text)
    splices = native["ok"]["splices"]
    expected = image
    for splice in reversed(splices):
        expected = expected[: splice["start"]] + native_buffers[splice["buffer"]] + expected[splice["end"] :]

    answer = call(machine, image, mask, request)

    assert answer["record"] == native
    assert machine.get("/home/pyodide/out.dcm") == expected != image
    assert answer["reads"][0] == [0, 0, min(len(image), 65536)]


def test_an_error_arrives_as_a_record_with_its_code(machine: Machine, image: bytes) -> None:
    answer = call(machine, image, b"\1" * 100, write_request(image))

    assert set(answer["record"]) == {"error"}
    assert answer["record"]["error"]["code"] == "invalid-mask"
    assert set(answer["record"]["error"]) == {"code", "message", "detail"}


def test_the_version_is_the_same_on_both_sides(machine: Machine, image: bytes) -> None:
    native, _ = bridge.handle('[{"type": "version"}]', [], lambda _, start, end: image[start:end])

    assert call(machine, image, b"", {"type": "version"})["record"] == json.loads(native)[0]
