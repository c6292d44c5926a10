"""Read masks of all supported file formats as one type, `LabelVolume`; needs the extra ``masks``.

The names listed here are public; the modules of this package are private.
"""

from .limits import DEFAULT_LIMIT
from .read import read_mask
from .volume import Label, LabelVolume

__all__ = ["DEFAULT_LIMIT", "Label", "LabelVolume", "read_mask"]
