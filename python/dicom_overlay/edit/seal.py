"""Turn splices in a layout's positions into the patch of the stored file.

Standard: PS3.5 section A.5.
"""

import zlib
from collections.abc import Iterable

from dicom_overlay.scan.layout import Layout

from .patch import Patch, Splice, make_patch


def seal(layout: Layout, splices: Iterable[Splice]) -> Patch:
    """Return the patch of the stored file.

    A deflated data set is deflated again as a whole and padded to an even length. The
    bytes after its stream stay as they are.
    """
    patch = make_patch(layout.size, splices)
    deflated = layout.deflated
    if deflated is None:
        return patch
    if not patch.splices:
        return Patch(deflated.source_size, ())
    head = [splice for splice in patch.splices if splice.start < deflated.start]
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    source = memoryview(deflated.inflated)
    body = Patch(
        len(source),
        tuple(
            Splice(splice.start - deflated.start, splice.end - deflated.start, splice.data)
            for splice in patch.splices
            if splice.start >= deflated.start
        ),
    )
    stream = b"".join(
        deflater.compress(piece if isinstance(piece, bytes) else source[piece[0] : piece[1]]) for piece in body.pieces()
    )
    stream += deflater.flush()
    stream += bytes(len(stream) % 2) + deflated.trailing
    return make_patch(deflated.source_size, [*head, Splice(deflated.start, deflated.source_size, stream)])
