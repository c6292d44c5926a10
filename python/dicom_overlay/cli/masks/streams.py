"""Compressed NRRD and MetaImage: damaged voxels, which SimpleITK takes for labels.

Both formats compress with zlib, whose streams end in a checksum; SimpleITK looks at it in neither. Cut files it refuses.

Sources: the NRRD format, section "Basic field specifications" (https://teem.sourceforge.net/nrrd/format.html); the MetaIO
documentation, section "Reference" (https://itk.org/Wiki/ITK/MetaIO/Documentation).
"""

import re
import zlib
from pathlib import Path
from typing import Final, NamedTuple

from dicom_overlay.errors import InvalidMaskError

__all__ = ["require_undamaged"]

_CHUNK: Final = 1 << 20
_MOST_HEADER: Final = 1 << 20
_NRRD: Final = (".nrrd", ".nhdr")
_ZLIB: Final = 15
_GZIP: Final = 31
_NRRD_END: Final = re.compile(rb"\r?\n\r?\n")
_NRRD_FIELD: Final = re.compile(rb"^([^:#\r\n]+): *([^\r\n]*?) *\r?$", re.MULTILINE)
_META_FIELD: Final = re.compile(rb"^ *(\w+) *= *([^\r\n]*?) *\r?$", re.MULTILINE)
_META_END: Final = re.compile(rb"^ *ElementDataFile *=[^\n]*\n?", re.MULTILINE)


class _Stream(NamedTuple):
    path: Path
    start: int
    window: int


def require_undamaged(path: Path) -> None:
    """Check a compressed volume's data against their own checksum; what is not compressed has none.

    Raises
    ------
    InvalidMaskError : the stream is damaged or ends too early.
    """
    stream = _find(path)
    if stream is None:
        return
    unpacker = zlib.decompressobj(stream.window)
    try:
        with stream.path.open("rb") as file:
            file.seek(stream.start)
            while not unpacker.eof and (part := file.read(_CHUNK)):
                while part and not unpacker.eof:
                    unpacker.decompress(part, _CHUNK)
                    part = unpacker.unconsumed_tail
        unpacker.flush()
    except zlib.error:
        pass
    if not unpacker.eof:
        msg = "the mask file's compressed data are damaged"
        raise InvalidMaskError(msg, found=path.suffix.lower())


def _find(path: Path) -> _Stream | None:
    """Return where the compressed data are; None where there are none, or several files of them."""
    with path.open("rb") as file:
        head = file.read(_MOST_HEADER)
    is_nrrd = path.name.lower().endswith(_NRRD)
    end = (_NRRD_END if is_nrrd else _META_END).search(head)
    header = head[: end.end()] if end else head
    fields = {key.strip().lower().replace(b" ", b""): value for key, value in _fields(header, is_nrrd=is_nrrd)}
    if is_nrrd:
        is_packed = fields.get(b"encoding", b"").lower() in {b"gzip", b"gz"}
        name, window = fields.get(b"datafile", b""), _GZIP
        # Lines or bytes may be skipped before the data; nobody writes that with gzip.
        is_packed &= all(fields.get(skip, b"0") == b"0" for skip in (b"lineskip", b"byteskip"))
    else:
        is_packed = fields.get(b"compresseddata", b"").lower() in {b"true", b"1", b"t"}
        name, window = fields.get(b"elementdatafile", b""), _ZLIB
        name = b"" if name.upper() == b"LOCAL" else name
    if not is_packed:
        return None
    if not name:
        return _Stream(path, len(header), window)
    data = path.parent / name.decode("utf-8", "replace")
    return _Stream(data, 0, window) if data.is_file() else None


def _fields(header: bytes, *, is_nrrd: bool) -> list[tuple[bytes, bytes]]:
    return (_NRRD_FIELD if is_nrrd else _META_FIELD).findall(header)
