"""The worker's interface: takes a list of jobs and returns a list of answers, both as JSON with separate buffers.

One call carries a job for every file whose head the worker has read, because a call costs as much as a small file. Each job
has its own answer: if one fails, its answer says why, and the others are done.

Neither `js` nor `pyodide` is imported here, so that everything can be tested on CPython. A buffer is anything with the
buffer protocol or, from JavaScript, a proxy with ``to_bytes()``. Keys are camelCase, as in TypeScript. The caller is a
script of the same version, so only two things are checked: what would otherwise fail silently (sizes, buffers), and what
the user chose.
"""

import json
import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import PurePosixPath
from traceback import extract_tb
from typing import Any, Final, TypeGuard, cast

from ._version import __version__
from .edit.groups import stale_groups
from .edit.kept import keep_layout, kept_layout
from .edit.options import Existing, PlaneRequest, WriteOptions, require_requests
from .edit.patch import Patch
from .edit.plan import EditPlan, plan_remove, plan_write
from .errors import ERROR_CODES, InvalidMaskError, InvalidPlaneError, InvalidRequestError, OverlayError
from .notices import NOTICE_CODES, Notice, require_no_notices
from .planes.decode import decode_planes
from .planes.frames import Frames
from .planes.packing import packed_size
from .planes.plane import OverlayPlane
from .scan.layout import Layout, image_size, scan
from .scan.source import Source
from .series.frames import FramePlace
from .series.grid import MaskGeometry
from .series.order import InstanceFacts, order_instances, read_facts
from .series.place import MaskView, View, place_mask

PROTOCOL: Final = 3
"""Version of this module's message format; the page checks that its own is the same."""

type Reader = Callable[[int, int, int], Any]
type _Json = dict[str, Any]

_PLANE_KEYS: Final = {
    "group": "group",
    "planeOrigin": "origin",
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
_SNAKE: Final = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")


def handle(request: str, buffers: Sequence[Any], read: Reader) -> tuple[str, list[bytes]]:
    """Answer a list of jobs.

    Parameters
    ----------
    request : JSON list of objects with a ``type``: "version", "write", "remove", "read", "inspect", "capture", "order" or "place".
    buffers : the buffers to which the jobs' ``buffer`` numbers refer.
    read : ``read(job, start, end)`` returns the bytes ``[start, end)`` of the file of job number ``job``.

    Returns
    -------
    JSON list with ``{"ok": …}``, ``{"error": {"code", "message", "detail"}}`` or ``{"fault": {"exception", "place"}}`` for
    each job, and the buffers to which their ``buffer`` numbers refer. A fault is an exception that is not an
    `OverlayError`: a bug in this package, or a read that failed.
    """
    data: list[bytes] = []
    answers = [
        _answer(_Call(job, buffers, _reader(read, number), data)) for number, job in enumerate(json.loads(request))
    ]
    return json.dumps(answers), data


def renew() -> None:
    """Replace what a memory snapshot took from the machine that made it: the random state and the time zone."""
    random.seed()
    getattr(time, "tzset", lambda: None)()  # not on every system


class _Call:
    """One job, and the list that collects its answer's buffers."""

    def __init__(self, job: _Json, buffers: Sequence[Any], read: Callable[[int, int], bytes], out: list[bytes]) -> None:
        self.job = job
        self.options: _Json = job.get("options") or {}
        self._buffers = buffers
        self._read = read
        self._out = out

    def source(self) -> Source:
        """Return the job's file."""
        size = self.job.get("size")
        if _is_count(size):
            return Source(size, self._read)
        msg = "size must be the file's size in bytes"
        raise InvalidRequestError(msg, field="size")

    def buffer(self, record: _Json) -> bytes:
        """Return the buffer to which a record refers."""
        place = record.get("buffer")
        if _is_count(place) and place < len(self._buffers):
            return _bytes(self._buffers[place])
        msg = "buffer must be the number of one of the request's buffers"
        raise InvalidRequestError(msg, field="buffer")

    def give(self, data: bytes) -> int:
        """Add a buffer to the answer and return its number."""
        self._out.append(data)
        return len(self._out) - 1


def _answer(call: _Call) -> _Json:
    try:
        return {"ok": _ANSWERS[call.job["type"]](call)}
    except OverlayError as error:
        return {"error": _in_their_words(cast("_Json", error.as_record()))}
    except Exception as error:  # noqa: BLE001 - a fault in one file must not take the others with it; the page is told
        return {"fault": {"exception": type(error).__name__, "place": _place_of(error)}}


def _in_their_words(record: _Json) -> _Json:
    """Rename options and attributes to JavaScript's camelCase."""
    detail = {key: _camel(value) if key == "field" else value for key, value in record["detail"].items()}
    message = _SNAKE.sub(lambda match: _camel(match[0]), record["message"])
    if record["code"] == InvalidPlaneError.code and detail.get("field") == "origin":
        detail["field"] = "planeOrigin"
        message = re.sub(r"\borigin\b", "planeOrigin", message)
    return {**record, "message": message, "detail": detail}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _place_of(error: Exception) -> str:
    """Return the module and line in this package, such as "dicom_overlay/edit/plan.py:120"; never a value of a file."""
    parts = [(PurePosixPath(frame.filename).parts, frame.lineno) for frame in extract_tb(error.__traceback__)]
    own = [(path[path.index("dicom_overlay") :], line) for path, line in parts if "dicom_overlay" in path]
    return f"{'/'.join(own[-1][0])}:{own[-1][1]}" if own else "unknown"


def _reader(read: Reader, number: int) -> Callable[[int, int], bytes]:
    return lambda start, end: _bytes(read(number, start, end))


def _bytes(data: Any) -> bytes:
    return data.to_bytes() if hasattr(data, "to_bytes") else bytes(data)


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


# The jobs.


def _version(_: _Call) -> _Json:
    return {
        "version": __version__,
        "protocol": PROTOCOL,
        "codes": list(ERROR_CODES),
        "noticeCodes": list(NOTICE_CODES),
    }


def _write(call: _Call) -> _Json:
    options, source = _options(call.options), call.source()
    layout = _layout(call, options, source)
    requests, stale = _requests(layout, call), _stale(layout, call)
    if not requests and not stale and options.instance == "keep":
        return _planned(call, EditPlan(Patch(layout.source_size, ()), (), ()))
    return _planned(call, plan_write(layout, requests, options, source, cleared=stale))


def _remove(call: _Call) -> _Json:
    options, source = _options(call.options), call.source()
    plan = plan_remove(
        _layout(call, options, source),
        source,
        groups=call.job.get("groups"),
        labels=call.job.get("labels"),
        embedded=call.job.get("embedded", False),
        options=options,
    )
    return _planned(call, plan)


def _read(call: _Call) -> _Json:
    """Read a file's planes and, if asked for, its facts from the same scan."""
    source = call.source()
    layout = scan(source, is_partial=True)
    planes = decode_planes(layout, source)
    records = [
        {
            **{key: getattr(plane, name) for key, name in _PLANE_KEYS.items()},
            "rows": plane.rows,
            "columns": plane.columns,
            "embedded": plane.embedded,
            "notices": _notices(plane.notices),
            "buffer": call.give(plane.packed),
        }
        for plane in planes
    ]
    facts = {"facts": _facts_record(read_facts(layout, source))} if call.job.get("facts") else {}
    return {"planes": records, "notices": _notices(planes.notices)} | facts


def _inspect(call: _Call) -> _Json:
    """Read a file's facts; if asked for, also keep what a later write or removal needs, to save a second read."""
    source = call.source()
    layout = scan(source)
    facts = {"facts": _facts_record(read_facts(layout, source))}
    return facts | {"kept": keep_layout(layout)} if call.job.get("keep") else facts


def _capture(call: _Call) -> _Json:
    """Make everything of a Secondary Capture that comes before its pixels; the pixels stay in the page."""
    from .render.capture import make_capture_head  # noqa: PLC0415 - needs much of pydicom, which is slow to import

    source, job = call.source(), call.job
    head, uid = make_capture_head(
        scan(source, is_partial=True),
        source,
        rows=job.get("rows"),
        columns=job.get("columns"),
        frame=job.get("frame"),
        options=_options({**call.options, "instance": "derived"}),
    )
    return {"buffer": call.give(head), "sopInstanceUid": uid}


def _order(call: _Call) -> _Json:
    instances = call.job["instances"]
    order, notices = order_instances(list(map(_facts, instances)), _names(instances))
    return {"order": order, "notices": _notices(notices)}


def _place(call: _Call) -> _Json:
    """Return where each image's pixels are in a mask's flat array; each frame of an instance is a separate image."""
    instances, geometry = call.job["instances"], call.job["geometry"]
    space = MaskGeometry(
        **{key: tuple(geometry[key]) for key in ("size", "origin", "spacing", "direction")},
        frame_of_reference_uid=geometry.get("frameOfReferenceUid"),
    )
    placement = place_mask(list(map(_facts, instances)), _names(instances), space.size, space)
    views = [_view(view) for frames in placement.views for view in frames]
    return {"views": views, "notices": _notices(placement.notices)}


def _view(view: View | None) -> list[int] | None:
    """Return [offset, row step, column step, first row, end of rows, first column, end of columns]."""
    if not isinstance(view, MaskView):
        return None
    return [view.offset, view.row_step, view.column_step, *view.rows, *view.columns]


_ANSWERS: Final[dict[str, Callable[[_Call], _Json]]] = {
    "version": _version,
    "write": _write,
    "remove": _remove,
    "read": _read,
    "inspect": _inspect,
    "capture": _capture,
    "order": _order,
    "place": _place,
}


# Their parts.

_FACT_KEYS: Final = {field.name: _camel(field.name) for field in fields(InstanceFacts)}
_OPTION_KEYS: Final = {field.name: _camel(field.name) for field in fields(WriteOptions)}


def _facts_record(facts: InstanceFacts) -> _Json:
    return {key: getattr(facts, name) for name, key in _FACT_KEYS.items()}


def _facts(record: _Json) -> InstanceFacts:
    """Rebuild the facts that "inspect" returned, turning lists back into tuples."""
    values: _Json = {name: record.get(key) for name, key in _FACT_KEYS.items()}
    if values["frames"]:
        values["frames"] = [FramePlace(*(part and tuple(part) for part in frame)) for frame in values["frames"]]
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return InstanceFacts(**values | {"number_of_frames": values["number_of_frames"] or 1})


def _names(instances: Sequence[_Json]) -> list[str]:
    return [str(record.get("name", "")) for record in instances]


def _notices(notices: Sequence[Notice]) -> list[_Json]:
    return [notice.as_record() for notice in notices]


def _layout(call: _Call, options: WriteOptions, source: Source) -> Layout:
    """Return the layout: the one that an inspection kept, if that is enough, or that of a new scan."""
    kept = call.job.get("kept")
    return kept_layout(kept) if kept and options.instance == "keep" else scan(source)


def _options(options: _Json) -> WriteOptions:
    values = {name: options[key] for name, key in _OPTION_KEYS.items() if options.get(key) is not None}
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return WriteOptions(**values)


def _planned(call: _Call, plan: EditPlan) -> _Json:
    if call.options.get("strict"):
        require_no_notices(plan.notices)
    splices = [
        {"start": splice.start, "end": splice.end, "buffer": call.give(splice.data)} for splice in plan.patch.splices
    ]
    return {
        "groups": plan.groups,
        "notices": _notices(plan.notices),
        "sopInstanceUid": plan.sop_instance_uid,
        "sourceSize": plan.patch.source_size,
        "splices": splices,
    }


def _requests(layout: Layout, call: _Call) -> tuple[PlaneRequest, ...]:
    """Make the planes that a job describes, each with its own rule for existing planes."""
    records: Sequence[_Json] = call.job["planes"]
    planes = [_plane(layout, record, call.buffer(record)) for record in records]
    rules = [cast("Existing", record.get("existing") or "refuse") for record in records]
    if not records:
        return ()
    requests = require_requests(planes, rules, [_frames(record.get("frames")) for record in records])
    fallbacks = [record.get("labelFallback") for record in records]
    return tuple(replace(request, fallback=text) for request, text in zip(requests, fallbacks, strict=True))


def _stale(layout: Layout, call: _Call) -> list[int]:
    """Return the groups to clear: those of layers that are written onto the series but have no plane on this image."""
    layers: Sequence[_Json] = call.job.get("cleared") or ()
    return [
        group
        for layer in layers
        for group in stale_groups(layout, layer["labels"], layer["existing"], layer.get("group"))
    ]


def _plane(layout: Layout, record: _Json, packed: bytes) -> OverlayPlane:
    """Make the plane that a record describes, from packed bits; its size defaults to the image's."""
    image_rows, image_columns, _ = image_size(layout)
    rows, columns = _count(record, "rows", image_rows), _count(record, "columns", image_columns)
    values = {name: record[key] for key, name in _PLANE_KEYS.items() if record.get(key) is not None}
    if isinstance(values.get("origin"), list):
        values["origin"] = tuple(values["origin"])
    pixels = rows * columns * _count(record, "numberOfFrames", 1)
    if record.get("pixels") not in (None, pixels):
        msg = "the mask's number of pixels does not match its rows, columns and frames"
        raise InvalidMaskError(msg, expected=pixels, found=record["pixels"])
    if len(packed) != packed_size(pixels):
        msg = "the packed mask's size does not match the image's rows and columns"
        raise InvalidMaskError(msg, expected=packed_size(pixels), found=len(packed))
    return OverlayPlane(rows=rows, columns=columns, packed=packed, **values)


def _count(record: _Json, key: str, default: int) -> int:
    value = record.get(key)
    if value is None:
        return default
    if _is_count(value) and value > 0:
        return value
    msg = f"{key} must be a whole number of at least 1"
    raise InvalidPlaneError(msg, field=key)


def _frames(frames: object) -> Frames:
    if isinstance(frames, list) and len(frames) == 2 and all(map(_is_count, frames)):
        return range(frames[0], frames[1] + 1)
    if frames is None or frames == "all" or _is_count(frames):
        return cast("Frames", frames)
    msg = 'frames must be "all", a number, or [first, last]'
    raise InvalidRequestError(msg, field="frames")
