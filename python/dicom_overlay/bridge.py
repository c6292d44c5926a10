"""What JavaScript calls: JSON and buffers in, JSON and buffers out.

Nothing of `js` or `pyodide` is imported here, so that all of it is tested on CPython.
Buffers may be anything with the buffer protocol or, from JavaScript, a proxy with
``to_bytes()``. Keys are camelCase, equal to TypeScript's.
"""

import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import fields
from sys import float_info
from typing import Any, Final, TypeGuard, cast

from ._version import __version__
from .edit.options import Existing, Frames, PlaneRequest, WriteOptions, require_requests
from .edit.plan import EditPlan, plan_remove, plan_write
from .editing import edit_file
from .errors import ERROR_CODES, InvalidMaskError, InvalidPlaneError, InvalidRequestError, OverlayError
from .notices import NOTICE_CODES, require_no_notices
from .planes.decode import decode_planes
from .planes.packing import pack_mask, packed_size
from .planes.plane import OverlayPlane
from .scan import tags
from .scan.layout import Layout, image_size, scan
from .scan.source import Source
from .scan.text import encode_text
from .series.frames import FramePlace
from .series.grid import MaskGeometry
from .series.order import InstanceFacts, order_instances, read_facts
from .series.place import MaskView, View, place_mask

PROTOCOL: Final = 2
"""Number of this module's message format; the page checks that it is its own."""

Reader = Callable[[int, int], Any]
_Json = dict[str, Any]
_Answer = tuple[_Json, list[bytes]]

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


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


_FACT_KEYS: Final = {field.name: _camel(field.name) for field in fields(InstanceFacts)}
_FACT_LENGTHS: Final = {"image_position_patient": 3, "image_orientation_patient": 6, "pixel_spacing": 2}


def handle(request: str, buffers: Sequence[Any], read: Reader) -> tuple[str, list[bytes]]:
    """Answer one request.

    Parameters
    ----------
    request : JSON object with a ``type``: "version", "write", "remove", "read",
        "inspect", "order" or "place".
    buffers : what the request's ``buffer`` numbers point at.
    read : gives the file's bytes ``[start, end)``.

    Returns
    -------
    JSON of ``{"ok": …}`` or ``{"error": {"code", "message", "detail"}}``, and the buffers
    that its ``buffer`` numbers point at. Errors that are no `OverlayError` are bugs and
    are raised.
    """
    try:
        body = _require_object(json.loads(request))
        answer_request = _ANSWERS.get(str(body.get("type")))
        if answer_request is None:
            msg = "the request has no known type"
            raise InvalidRequestError(msg, field="type")
        answer, data = answer_request(body, buffers, read)
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
        body = _require_object(json.loads(request))
        options, plane = _options(body), _require_object(body.get("plane"))

        def plan(layout: Layout, source: Source) -> EditPlan:
            return plan_write(layout, _requests(layout, [plane], body, buffers), options, source)

        is_strict = bool(body.get("options", {}).get("strict", False))
        edited = edit_file(path, None, plan, strict=is_strict)
    except OverlayError as error:
        return json.dumps({"error": error.as_record()})
    return json.dumps({"ok": _plan_facts(cast("EditPlan", edited.plan))})


def renew() -> None:
    """Make anew what a restored memory snapshot has of the machine that made it: chance, and the time zone."""
    random.seed()
    getattr(time, "tzset", lambda: None)()  # not on every system


def _bytes(data: Any) -> bytes:
    return data.to_bytes() if hasattr(data, "to_bytes") else bytes(data)


def _source(body: _Json, read: Reader) -> Source:
    size = body.get("size")
    if not _is_count(size):
        msg = "size is the file's number of bytes"
        raise InvalidRequestError(msg, field="size")
    return Source(size, lambda start, end: _bytes(read(start, end)))


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _version(*_: object) -> _Answer:
    record = {
        "version": __version__,
        "protocol": PROTOCOL,
        "codes": list(ERROR_CODES),
        "noticeCodes": list(NOTICE_CODES),
    }
    return record, []


def _write(body: _Json, buffers: Sequence[Any], read: Reader) -> _Answer:
    options, source = _options(body), _source(body, read)
    layout = scan(source)
    plan = plan_write(layout, _requests(layout, _list(body, "planes"), body, buffers), options, source)
    return _plan_record(plan, body.get("options", {}))


def _remove(body: _Json, _: Sequence[Any], read: Reader) -> _Answer:
    options, source = _require_object(body.get("options", {})), _source(body, read)
    plan = plan_remove(
        scan(source),
        source,
        groups=body.get("groups"),
        labels=body.get("labels"),
        embedded=bool(options.get("embedded", False)),
        options=_options(body),
    )
    return _plan_record(plan, options)


def _read(body: _Json, _: Sequence[Any], read: Reader) -> _Answer:
    source = _source(body, read)
    planes = decode_planes(scan(source, is_partial=True), source)
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
    notices = [notice.as_record() for notice in planes.notices]
    return {"planes": records, "notices": notices}, [plane.packed for plane in planes]


def _inspect(body: _Json, _: Sequence[Any], read: Reader) -> _Answer:
    source = _source(body, read)
    facts = read_facts(scan(source), source)
    return {"facts": {key: getattr(facts, name) for name, key in _FACT_KEYS.items()}}, []


def _order(body: _Json, *_: object) -> _Answer:
    instances = [_instance(record) for record in _list(body, "instances")]
    order, notices = order_instances(instances, [str(facts.get("name", "")) for facts in body["instances"]])
    return {"order": order, "notices": [notice.as_record() for notice in notices]}, []


def _place(body: _Json, *_: object) -> _Answer:
    """Say where the pixels of each image are in a mask's flat array; each frame of an instance is an image of its own."""
    records = _list(body, "instances")
    geometry = _require_object(body.get("geometry"))
    uid = geometry.get("frameOfReferenceUid")
    if uid is not None and not isinstance(uid, str):
        msg = "frameOfReferenceUid is text"
        raise InvalidRequestError(msg, field="frameOfReferenceUid")
    size = _triple(geometry, "size")
    placement = place_mask(
        [_instance(record) for record in records],
        [str(record.get("name", "")) for record in records],
        size,
        MaskGeometry(
            size=size,
            origin=_triple(geometry, "origin"),
            spacing=_triple(geometry, "spacing"),
            direction=tuple(_numbers(geometry, "direction", 9)),
            frame_of_reference_uid=uid,
        ),
    )
    views = [_view(view) for frames in placement.views for view in frames]
    return {"views": views, "notices": [notice.as_record() for notice in placement.notices]}, []


def _view(view: View | None) -> list[int] | None:
    """Return [offset, row step, column step, first row, end of rows, first column, end of columns]."""
    if not isinstance(view, MaskView):
        return None
    return [view.offset, view.row_step, view.column_step, *view.rows, *view.columns]


def _numbers(record: _Json, key: str, count: int) -> list[Any]:
    values = record.get(key)
    if isinstance(values, list) and len(values) == count and all(map(_is_finite, values)):
        return values
    msg = f"{key} is a list of {count} finite numbers"
    raise InvalidRequestError(msg, field=key)


def _triple(record: _Json, key: str) -> tuple[Any, Any, Any]:
    first, second, third = _numbers(record, key, 3)
    return first, second, third


def _instance(record: _Json) -> InstanceFacts:
    """Take an instance's facts back as "inspect" gave them."""
    values: _Json = {}
    for name, key in _FACT_KEYS.items():
        value = values[name] = record.get(key)
        count = _FACT_LENGTHS.get(name)
        if name == "frames" and value is not None:
            values[name] = _frame_places(value)
            continue
        if count:
            fits = isinstance(value, list) and len(value) == count and all(map(_is_finite, value))
        else:
            fits = name == "overlay_groups" or isinstance(value, (int, str))
            fits = fits and not (name == "instance_number" and isinstance(value, str))
        if value is not None and not fits:
            msg = f"{key} is not as inspect gives it"
            raise InvalidRequestError(msg, field=key)
    return InstanceFacts(**values)


def _frame_places(value: object) -> tuple[FramePlace, ...]:
    """Take frames' places back as "inspect" gave them: [position, orientation, spacing] of each, or null for any of them."""
    places = []
    for frame in value if isinstance(value, list) else [None]:
        parts: list[Any] = frame if isinstance(frame, list) and len(frame) == 3 else [0] * 3
        for part, count in zip(parts, _FACT_LENGTHS.values(), strict=True):
            is_list = isinstance(part, list) and len(part) == count and all(map(_is_finite, part))
            if part is not None and not is_list:
                msg = "frames is not as inspect gives it"
                raise InvalidRequestError(msg, field="frames")
        places.append(FramePlace(*(None if part is None else tuple(part) for part in parts)))
    return tuple(places)


def _is_finite(value: object) -> bool:
    return isinstance(value, (int, float)) and abs(value) <= float_info.max


_ANSWERS: Final[dict[str, Callable[..., _Answer]]] = {
    "version": _version,
    "write": _write,
    "remove": _remove,
    "read": _read,
    "inspect": _inspect,
    "order": _order,
    "place": _place,
}


def _require_object(value: object) -> _Json:
    if isinstance(value, dict):
        return value
    msg = "a request is a JSON object"
    raise InvalidRequestError(msg, field="request")


def _list(body: _Json, key: str) -> list[_Json]:
    values = body.get(key)
    if isinstance(values, list) and all(isinstance(value, dict) for value in values):
        return values
    msg = f"{key} is a list of objects"
    raise InvalidRequestError(msg, field=key)


def _options(body: _Json) -> WriteOptions:
    options = _require_object(body.get("options", {}))
    numbers = options.get("seriesNumbersInUse") or ()
    return WriteOptions(
        instance=options.get("instance", "keep"),
        series_instance_uid=options.get("seriesInstanceUid"),
        series_number=options.get("seriesNumber"),
        series_numbers_in_use=tuple(numbers) if isinstance(numbers, (list, tuple)) else numbers,
        series_description=options.get("seriesDescription"),
        series_seed=options.get("seriesSeed"),
    )


def _plan_facts(plan: EditPlan) -> _Json:
    return {
        "groups": plan.groups,
        "notices": [notice.as_record() for notice in plan.notices],
        "sopInstanceUid": plan.sop_instance_uid,
    }


def _plan_record(plan: EditPlan, options: _Json) -> _Answer:
    if options.get("strict"):
        require_no_notices(plan.notices)
    splices = plan.patch.splices
    record = _plan_facts(plan) | {
        "sourceSize": plan.patch.source_size,
        "splices": [
            {"start": splice.start, "end": splice.end, "buffer": index} for index, splice in enumerate(splices)
        ],
    }
    return record, [splice.data for splice in splices]


def _requests(
    layout: Layout, records: Sequence[_Json], body: _Json, buffers: Sequence[Any]
) -> tuple[PlaneRequest, ...]:
    """Make the planes that a request describes, each with its own rule for planes in its way."""
    default = body.get("options", {}).get("existing") or "refuse"
    planes = [_plane(layout, record, buffers) for record in records]
    rules = [cast("Existing", record.get("existing") or default) for record in records]
    return require_requests(planes, rules, [_frames(record.get("frames")) for record in records])


def _plane(layout: Layout, record: _Json, buffers: Sequence[Any]) -> OverlayPlane:
    """Make the plane that a record describes; its size defaults to the image's."""
    image_rows, image_columns, _ = image_size(layout)
    rows, columns = _count(record, "rows", image_rows), _count(record, "columns", image_columns)
    values = {name: record[wire] for wire, name in _PLANE_KEYS.items() if record.get(wire) is not None}
    values |= _label(layout, record)
    if isinstance(values.get("origin"), list):
        values["origin"] = tuple(values["origin"])
    frames = _count(record, "numberOfFrames", 0) or None
    values.pop("number_of_frames", None)
    data = _buffer(record, buffers)
    if record.get("form") == "packed":
        count = rows * columns * (frames or 1)
        if record.get("pixels") not in (None, count):
            msg = "the mask has another number of pixels than its rows, columns and frames need"
            raise InvalidMaskError(msg, expected=count, found=record["pixels"])
        expected = packed_size(count)
        if len(data) != expected:
            msg = "the packed mask has another size than the image's rows and columns need"
            raise InvalidMaskError(msg, expected=expected, found=len(data))
        return OverlayPlane(rows=rows, columns=columns, packed=data, number_of_frames=frames, **values)
    pixels = pack_mask(data, rows=rows, columns=columns)
    if (frames or 1) != (pixels.frames or 1):
        msg = "the mask has another size than its number of frames needs"
        raise InvalidMaskError(msg, expected=frames or 1, found=pixels.frames or 1)
    return OverlayPlane(
        rows=rows, columns=columns, packed=pixels.packed, number_of_frames=pixels.frames or frames, **values
    )


def _label(layout: Layout, record: _Json) -> _Json:
    """Return the fallback as label where the file's character set cannot hold the label itself."""
    text, fallback = record.get("label"), record.get("labelFallback")
    if not isinstance(text, str) or fallback is None:
        return {}
    try:
        encode_text(text, layout.text(tags.SPECIFIC_CHARACTER_SET), field="label")
    except InvalidPlaneError:
        return {"label": fallback}
    return {}


def _count(record: _Json, key: str, default: int) -> int:
    value = record.get(key)
    if value is None:
        return default
    if _is_count(value) and value > 0:
        return int(value)
    msg = f"{key} is a whole number from 1 on"
    raise InvalidPlaneError(msg, field=_PLANE_KEYS.get(key, key))


def _buffer(record: _Json, buffers: Sequence[Any]) -> bytes:
    place = record.get("buffer")
    if not _is_count(place) or place >= len(buffers):
        msg = "a plane's buffer is the number of one of the request's buffers"
        raise InvalidRequestError(msg, field="buffer")
    return _bytes(buffers[place])


def _frames(frames: object) -> Frames:
    if isinstance(frames, list) and len(frames) == 2 and all(map(_is_count, frames)):
        return range(frames[0], frames[1] + 1)
    if frames is None or frames == "all" or _is_count(frames):
        return cast("Frames", frames)
    msg = 'frames is "all", a number, or [first, last]'
    raise InvalidRequestError(msg, field="frames")
