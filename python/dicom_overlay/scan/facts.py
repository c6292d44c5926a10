"""The values that a scan keeps, so that planning never has to read the file."""

from typing import Final

from . import tags
from .attributes import ATTRIBUTES, GROUP_LENGTH

MAX_FACT: Final = 1024
"""Maximum bytes kept of a value; longer values are cut off."""

OVERLAY_FACTS: Final = frozenset(
    group << 16 | element
    for group in range(0x6000, 0x6100, 2)
    for element in (GROUP_LENGTH, *(attribute.element for attribute in ATTRIBUTES))
)
"""Elements of overlay groups whose values are kept: all that describe the planes, but not the bits."""

META_FACTS: Final = frozenset({tags.TRANSFER_SYNTAX_UID})
"""Elements of the meta information whose values the scan keeps."""

FACTS: Final = frozenset(
    {
        tags.SPECIFIC_CHARACTER_SET,
        tags.SOP_CLASS_UID,
        tags.SOP_INSTANCE_UID,
        tags.MODALITY,
        tags.TIMEZONE_OFFSET_FROM_UTC,
        tags.SERIES_DESCRIPTION,
        tags.DERIVATION_DESCRIPTION,
        *tags.REFERENCES,
        tags.STUDY_INSTANCE_UID,
        tags.SERIES_INSTANCE_UID,
        tags.SERIES_NUMBER,
        tags.INSTANCE_NUMBER,
        tags.IMAGE_POSITION_PATIENT,
        tags.IMAGE_ORIENTATION_PATIENT,
        tags.FRAME_OF_REFERENCE_UID,
        tags.SAMPLES_PER_PIXEL,
        tags.NUMBER_OF_FRAMES,
        tags.ROWS,
        tags.COLUMNS,
        tags.PIXEL_SPACING,
        tags.BITS_ALLOCATED,
        tags.BITS_STORED,
        tags.HIGH_BIT,
        *OVERLAY_FACTS,
    }
)
"""Elements of the data set's top level whose values the scan keeps; the first one if there are duplicates."""
