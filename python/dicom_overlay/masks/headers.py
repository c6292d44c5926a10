"""Headers of NRRD and MetaImage files: where the data are, whether they are complete, and whether the file has a position.

SimpleITK puts a file without a position at (0, 0, 0), returns damaged compressed data as labels, and waits if the data file
is a pipe. The header is therefore read here first; it is text in both formats.

Sources: the NRRD format, sections "Basic field specifications" and "Space and orientation information"
(https://teem.sourceforge.net/nrrd/format.html); the MetaIO documentation, section "Reference"
(https://itk.org/Wiki/ITK/MetaIO/Documentation).
"""

import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dicom_overlay.errors import InvalidMaskError

from .limits import require_contained, require_regular

_CHUNK: Final = 1 << 20
_MOST_HEADER: Final = 1 << 20
_ZLIB: Final = 15
_GZIP: Final = 31
_NRRD_END: Final = re.compile(rb"\r?\n\r?\n")
_NRRD_FIELD: Final = re.compile(rb"^([^:#\r\n]+): *([^\r\n]*?) *\r?$", re.MULTILINE)
_META_FIELD: Final = re.compile(rb"^ *(\w+) *= *([^\r\n]*?) *\r?$", re.MULTILINE)
_META_END: Final = re.compile(rb"^ *ElementDataFile *=[^\n]*\n?", re.MULTILINE)
_NRRD_SPACES: Final = frozenset(
    {"left-posterior-superior", "lps", "right-anterior-superior", "ras", "left-anterior-superior", "las"}
)
_META_PLACE: Final = frozenset({"offset", "origin", "position"})
_META_AXES: Final = frozenset({"transformmatrix", "rotation", "orientation"})
_TEXT_ENCODINGS: Final = frozenset({"ascii", "text", "txt", "hex"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a header says.

    Attributes
    ----------
    data : the file with the voxels.
    start : where they begin in that file, in bytes.
    window : window size of the zlib stream; None if the voxels are not compressed.
    is_text : the voxels are numbers written as text.
    has_place : the file has a position in space.
    """

    data: Path
    start: int
    window: int | None
    is_text: bool
    has_place: bool


def read_header(path: Path) -> Header:
    """Read the header of an NRRD or MetaImage file.

    Raises
    ------
    FileAccessError : its data file is missing, or is not a regular file.
    InvalidMaskError : the voxels are in several files, or the file gives only a part of its position.
    """
    with path.open("rb") as file:
        head = file.read(_MOST_HEADER)
    is_nrrd = path.name.lower().endswith((".nrrd", ".nhdr"))
    end = (_NRRD_END if is_nrrd else _META_END).search(head)
    header = head[: end.end()] if end else head
    pairs = (_NRRD_FIELD if is_nrrd else _META_FIELD).findall(header)
    fields = {
        key.decode("latin-1").strip().lower().replace(" ", ""): value.decode("utf-8", "replace") for key, value in pairs
    }
    return _nrrd(path, fields, len(header)) if is_nrrd else _meta(path, fields, len(header))


def _nrrd(path: Path, fields: dict[str, str], end: int) -> Header:
    encoding = fields.get("encoding", "").lower()
    name = fields.get("datafile", "")
    if any(fields.get(skip, "0") != "0" for skip in ("lineskip", "byteskip")):
        msg = "the NRRD file skips lines or bytes before its data; save it again without line skip and byte skip"
        raise InvalidMaskError(msg, field="byte skip")
    said = [key for key in ("space", "spacedirections", "spaceorigin") if fields.get(key)]
    is_whole = len(said) == 3 and fields["space"].lower() in _NRRD_SPACES
    # The direction of an axis that is not spatial is "none".
    if said and not (is_whole and fields["spacedirections"].count("(") == 3):
        msg = (
            "the NRRD file gives only a part of its position; it needs a space (left-posterior-superior, "
            "right-anterior-superior or left-anterior-superior), three space directions and a space origin"
        )
        raise InvalidMaskError(msg, field="space", expected=3, found=len(said))
    if set(re.findall(r'"([^"]*)"', fields.get("spaceunits", ""))) - {"mm", ""}:
        msg = "the NRRD file is not in millimetres (space units); save it again in millimetres"
        raise InvalidMaskError(msg, field="space units")
    return Header(
        data=_data_file(path, name) if name else path,
        start=0 if name else end,
        window=_GZIP if encoding in {"gzip", "gz"} else None,
        is_text=encoding in _TEXT_ENCODINGS,
        has_place=bool(said),
    )


def _meta(path: Path, fields: dict[str, str], end: int) -> Header:
    name = fields.get("elementdatafile", "")
    is_local = name.upper() == "LOCAL"
    has_place = bool(_META_PLACE & fields.keys())
    if not has_place and _META_AXES & fields.keys():
        msg = "the MetaImage file gives only a part of its position: it has axes (TransformMatrix), but no Offset"
        raise InvalidMaskError(msg, field="Offset")
    if fields.get("distanceunits", "mm").lower() not in {"mm", "?", ""}:
        msg = "the MetaImage file is not in millimetres (DistanceUnits); save it again in millimetres"
        raise InvalidMaskError(msg, field="DistanceUnits")
    scale = [fields.get(f"elementtointensityfunction{key}", value) for key, value in (("slope", "1"), ("offset", "0"))]
    if [_number(text) for text in scale] != [1.0, 0.0]:
        msg = "the MetaImage file's values are scaled (ElementToIntensityFunctionSlope); save it again unscaled"
        raise InvalidMaskError(msg, field="ElementToIntensityFunctionSlope")
    return Header(
        data=path if is_local else _data_file(path, name),
        start=end if is_local else 0,
        window=_ZLIB if fields.get("compresseddata", "").lower() in {"true", "1", "t"} else None,
        is_text=fields.get("binarydata", "true").lower() in {"false", "0", "f"},
        has_place=has_place,
    )


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _data_file(path: Path, name: str) -> Path:
    if name.upper().startswith("LIST") or "%" in name:
        msg = "the mask's voxels are in several files; save the mask as one file"
        raise InvalidMaskError(msg, field="data file")
    if not name:
        msg = "the mask file's header does not say where its voxels are; it is damaged, or does not have the format of its suffix"
        raise InvalidMaskError(msg, field="data file")
    data = path.parent / name
    require_regular(data)
    return data


def require_undamaged(header: Header, expected: int, voxels: int) -> None:
    """Check that a file has all its voxels, and that compressed data match their checksum.

    Parameters
    ----------
    expected : size of the voxels in bytes.
    voxels : number of voxels; as text, each takes at least one digit.
    """
    found = require_regular(header.data) - header.start
    require_contained(voxels if header.is_text else expected, found, is_packed=header.window is not None)
    if header.window is None:
        return
    unpacker, length = zlib.decompressobj(header.window), 0
    try:
        with header.data.open("rb") as file:
            file.seek(header.start)
            while not unpacker.eof and length <= expected and (part := file.read(_CHUNK)):
                length += len(unpacker.decompress(part, _CHUNK))
                while unpacker.unconsumed_tail and length <= expected:
                    length += len(unpacker.decompress(unpacker.unconsumed_tail, _CHUNK))
    except zlib.error:
        length = -1
    if length != expected or not unpacker.eof:
        msg = "the mask file's compressed data are damaged, or do not have the size that its header gives"
        raise InvalidMaskError(msg, expected=expected, found=max(length, 0))
