"""What JavaScript calls: JSON and buffers in, JSON and buffers out.

Nothing of `js` or `pyodide` is imported here, so that all of it is tested on CPython.
Buffers may be anything with the buffer protocol or, from JavaScript, a proxy with
``to_bytes()``. Keys are camelCase, equal to TypeScript's.
"""

import json
import random
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import fields
from typing import Any, Final, TypeVar

from ._version import __version__
from .decode import overlay_groups
from .engine import Edit, edit_remove, edit_write, read_planes, require_instance
from .errors import ERROR_CODES, InvalidMaskError, InvalidRequestError, OverlayError, TruncatedError
from .files import write_planes
from .layout import Layout, scan
from .packing import pack_mask, packed_size
from .plan import Frames, image_size
from .plane import OverlayPlane, require_valid_plane
from .series.order import InstanceFacts, order_instances, read_facts

__all__ = ["PROTOCOL", "handle", "renew", "write_file"]

PROTOCOL: Final = 1
"""Number of this module's message format; the page checks that it is its own."""

Reader = Callable[[int, int], Any]
_Json = dict[str, Any]
_Result = TypeVar("_Result")

_PLANE_KEYS: Final = {
    "group": "group",
    "origin": "origin",
    "overlayType": "overlay_type",
    "subtype": "subtype",
    "label": "label",
    "description": "description",
    "numberOfFrames": "number_of_frames",
    "imageFrameOrigin": "image_frame_origin",
    "roiArea": "roi_area",
    "roiMean": "roi_mean",
    "roiStandardDeviation": "roi_standard_deviation",
}


def handle(request: str, buffers: Sequence[Any], read: Reader) -> tuple[str, list[bytes]]:
    """Answer one request.

    Parameters
    ----------
    request : JSON object with a ``type``: "version", "write", "remove", "read",
        "inspect" or "order".
    buffers : what the request's ``buffer`` numbers point at.
    read : gives the file's bytes ``[start, end)``.

    Returns
    -------
    JSON of ``{"ok": …}`` or ``{"error": {"code", "message", "detail"}}``, and the buffers
    that its ``buffer`` numbers point at. Errors that are no `OverlayError` are bugs and
    are raised.
    """
    try:
        body: _Json = json.loads(request)
        answer, data = _ANSWERS[body["type"]](body, buffers, read)
    except OverlayError as error:
        return json.dumps({"error": error.as_record()}), []
    return json.dumps({"ok": answer}), data


def write_file(path: str, request: str, buffers: Sequence[Any]) -> str:
    """Write one plane into a file of Pyodide's file system, in place.

    Parameters
    ----------
    request : JSON ``{"plane": …, "options": …}`` as in a "write" request.

    Returns
    -------
    JSON ``{"ok": {"groups", "notices", "sopInstanceUid"}}`` or ``{"error": …}``.
    """
    try:
        body: _Json = json.loads(request)
        options = body.get("options", {})
        result = write_planes(
            path,
            lambda layout: [_plane(layout, body["plane"], buffers)],
            replace=_replaces([body["plane"]], options),
            instance=options.get("instance", "keep"),
            series_instance_uid=options.get("seriesInstanceUid"),
            strict=bool(options.get("strict", False)),
        )
    except OverlayError as error:
        return json.dumps({"error": error.as_record()})
    notices = [notice.as_record() for notice in result.notices]
    return json.dumps(
        {
            "ok": {
                "groups": result.groups,
                "notices": notices,
                "sopInstanceUid": result.sop_instance_uid,
            }
        }
    )


def renew() -> None:
    """Make anew what a restored memory snapshot has of the machine that made it: chance, and the time zone."""
    random.seed()
    getattr(time, "tzset", lambda: None)()  # not on every system


def _bytes(data: Any) -> bytes:
    return data.to_bytes() if hasattr(data, "to_bytes") else bytes(data)


def _drive(walker: Generator[tuple[int, int], bytes, _Result], read: Reader) -> _Result:
    try:
        start, end = next(walker)
        while True:
            data = _bytes(read(start, end))
            if len(data) != end - start:
                msg = "the file ended before its stated size"
                raise TruncatedError(msg, offset=start, expected=end - start, found=len(data))
            start, end = walker.send(data)
    except StopIteration as stop:
        result: _Result = stop.value
        return result


def _version(*_: object) -> tuple[_Json, list[bytes]]:
    return {"version": __version__, "protocol": PROTOCOL, "codes": ERROR_CODES}, []


def _write(body: _Json, buffers: Sequence[Any], read: Reader) -> tuple[_Json, list[bytes]]:
    options = body.get("options", {})
    planes = body["planes"]
    edit = _drive(
        edit_write(
            body["size"],
            lambda layout: [_plane(layout, plane, buffers) for plane in planes],
            replace_groups=_replaces(planes, options),
            identity=require_instance(options.get("instance", "keep"), options.get("seriesInstanceUid")),
            strict=bool(options.get("strict", False)),
        ),
        read,
    )
    return _edit_record(edit)


def _remove(body: _Json, _: Sequence[Any], read: Reader) -> tuple[_Json, list[bytes]]:
    options = body.get("options", {})
    edit = _drive(
        edit_remove(
            body["size"],
            body.get("groups"),
            with_embedded=bool(options.get("embedded", False)),
            strict=bool(options.get("strict", False)),
        ),
        read,
    )
    return _edit_record(edit)


def _read(body: _Json, _: Sequence[Any], read: Reader) -> tuple[_Json, list[bytes]]:
    planes = _drive(read_planes(body["size"]), read)
    records = []
    for index, plane in enumerate(planes):
        record: _Json = {wire: getattr(plane, name) for wire, name in _PLANE_KEYS.items()}
        record |= {
            "rows": plane.rows,
            "columns": plane.columns,
            "embedded": plane.embedded,
            "notices": [notice.as_record() for notice in plane.notices],
            "buffer": index,
        }
        records.append(record)
    return {"planes": records}, [plane.packed for plane in planes]


def _inspect(body: _Json, _: Sequence[Any], read: Reader) -> tuple[_Json, list[bytes]]:
    layout = _drive(scan(body["size"]), read)
    facts = read_facts(layout, overlay_groups(layout))
    return {"facts": {_camel(f.name): getattr(facts, f.name) for f in fields(facts)}}, []


def _order(body: _Json, *_: object) -> tuple[_Json, list[bytes]]:
    names = [f.name for f in fields(InstanceFacts)]
    instances = [InstanceFacts(**{name: facts.get(_camel(name)) for name in names}) for facts in body["instances"]]
    order, notices = order_instances(instances, [str(facts.get("name", "")) for facts in body["instances"]])
    return {"order": order, "notices": [notice.as_record() for notice in notices]}, []


_ANSWERS: Final[dict[str, Callable[..., tuple[_Json, list[bytes]]]]] = {
    "version": _version,
    "write": _write,
    "remove": _remove,
    "read": _read,
    "inspect": _inspect,
    "order": _order,
}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _replaces(planes: Sequence[_Json], options: _Json) -> bool:
    return bool(options.get("replace")) or any(plane.get("replace") for plane in planes)


def _edit_record(edit: Edit) -> tuple[_Json, list[bytes]]:
    splices = edit.patch.splices
    record = {
        "sourceSize": edit.patch.source_size,
        "splices": [
            {"start": splice.start, "end": splice.end, "buffer": index} for index, splice in enumerate(splices)
        ],
        "groups": edit.groups,
        "notices": [notice.as_record() for notice in edit.notices],
        "sopInstanceUid": edit.sop_instance_uid,
    }
    return record, [splice.data for splice in splices]


def _plane(layout: Layout, record: _Json, buffers: Sequence[Any]) -> tuple[OverlayPlane, Frames]:
    """Make the plane that a request describes; its size defaults to the image's."""
    image_rows, image_columns, _ = image_size(layout)
    rows, columns = record.get("rows") or image_rows, record.get("columns") or image_columns
    values = {name: record[wire] for wire, name in _PLANE_KEYS.items() if record.get(wire) is not None}
    if "origin" in values:
        values["origin"] = tuple(values["origin"])
    data = _bytes(buffers[record["buffer"]])
    if record.get("form") == "packed":
        count = rows * columns * (values.get("number_of_frames") or 1)
        if record.get("pixels") not in (None, count):
            msg = "the mask has another number of pixels than its rows, columns and frames need"
            raise InvalidMaskError(msg, expected=count, found=record["pixels"])
        expected = packed_size(count)
        if len(data) != expected:
            msg = "the packed mask has another size than the image's rows and columns need"
            raise InvalidMaskError(msg, expected=expected, found=len(data))
        plane = OverlayPlane(rows=rows, columns=columns, packed=data, **values)
    else:
        pixels = pack_mask(data, rows=rows, columns=columns)
        frames = values.pop("number_of_frames", None)
        if (frames or 1) != (pixels.frames or 1):
            msg = "the mask has another size than its number of frames needs"
            raise InvalidMaskError(msg, expected=frames or 1, found=pixels.frames or 1)
        plane = OverlayPlane(
            rows=rows,
            columns=columns,
            packed=pixels.packed,
            number_of_frames=pixels.frames or frames,
            **values,
        )
    require_valid_plane(plane)
    return plane, _frames(record.get("frames"))


def _frames(frames: object) -> Frames:
    if isinstance(frames, list):
        if len(frames) != 2 or not all(isinstance(f, int) for f in frames):
            msg = 'frames is "all", a number, or [first, last]'
            raise InvalidRequestError(msg, field="frames")
        return range(frames[0], frames[1] + 1)
    if frames is None or isinstance(frames, (int, str)):
        return frames
    msg = 'frames is "all", a number, or [first, last]'
    raise InvalidRequestError(msg, field="frames")
