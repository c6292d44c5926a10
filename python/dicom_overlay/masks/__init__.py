"""Masks in the field's file formats as one value, `LabelVolume`; needs the extra ``masks``.

What is named here is public; the modules of this package are private.
"""

from .limits import DEFAULT_LIMIT
from .read import read_mask
from .volume import Label, LabelVolume

__all__ = ["DEFAULT_LIMIT", "Label", "LabelVolume", "read_mask"]
