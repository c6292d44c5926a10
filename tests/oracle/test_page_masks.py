"""The demo page and the command make the same of a mask file: the same pixels on the same images, or both refuse it.

The page reads masks in JavaScript, as it shows them before Python is there; `page_masks.mjs` runs that code. What the page
asks of a person is answered as the command's options do: a threshold where one is given, and never against a position.
"""

from __future__ import annotations

import bz2
import gzip
import json
import subprocess
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import nibabel
import numpy as np
import pytest
from PIL import Image

import mask_files
import mask_trials
from dicom_overlay import OverlayError
from dicom_overlay.series_api import write_series_overlays
from given_masks import COLUMNS, OTHER, PICTURE, ROWS, SLICES, VOXELS, nifti, npy, png, raw, trial
from stored_masks import (
    TWO,
    big_endian,
    by_nibabel,
    coloured,
    exif_of,
    hand_made,
    image,
    in_metres,
    in_microns,
    interlaced,
    itk,
    no_place,
    nothing,
    of_kind,
    other_pixdim,
    packed_rows,
    qform_alone,
    scaled,
    two_places,
    with_palette,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Callable

SCRIPT = Path(__file__).with_name("page_masks.mjs")

SHOWN = 2
"""The image that the page shows, and that the command is given for a mask of one picture."""


Layers = list[list[tuple[int, str]]]
"""For each layer, in order of its bits: the images that have any, with the packed bits."""


class Case(NamedTuple):
    """One mask, and whether it is for the shown image alone."""

    make: Callable[[Path], Path]
    threshold: float | None = None
    single: bool = False


FLIPPED = np.diag([1.0, -1, -2, 1])
FLIPPED[:3, 3] = [0, ROWS - 1, 2 * (SLICES - 1)]
TURNED = np.array([[0.0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 2, 0], [0, 0, 0, 1]])
SHIFTED = np.diag([1.0, 1, 2, 1]) + np.eye(4, k=3) * 0.5
NRRD = "NRRD0004\ntype: {type}\ndimension: 3\nsizes: 10 8 6\nencoding: {encoding}\n"
LPS = "space: left-posterior-superior\nspace directions: (1,0,0) (0,1,0) (0,0,2)\nspace origin: (0,0,0)\n"
META = "ObjectType = Image\nNDims = 3\nDimSize = 10 8 6\n"
HERE = "Offset = 0 0 0\nTransformMatrix = 1 0 0 0 1 0 0 0 1\nElementSpacing = 1 1 2\n"
RAW = VOXELS.tobytes()
BIG = VOXELS.astype(">i2").tobytes()
RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)
LABELS = PICTURE + 2 * OTHER

CASES_BY_NAME = {
    "npy bool": Case(npy(VOXELS > 0)),
    "npy labels": Case(npy(TWO)),
    "npy int64": Case(npy(TWO.astype(np.int64))),
    "npy big endian": Case(npy(TWO.astype(">u2"))),
    "npy negative": Case(npy(-VOXELS.astype(np.int8))),
    "npy Fortran order": Case(npy(np.asfortranarray(TWO))),
    "npy slices last": Case(npy(np.moveaxis(TWO, 0, 2))),
    "npy whole floats": Case(npy(TWO.astype(np.float64))),
    "npy half floats": Case(npy(TWO.astype(np.float16))),
    "npy fractions": Case(npy(VOXELS * 0.7)),
    "npy fractions, threshold": Case(npy(VOXELS * 0.7), 0.5),
    "npy threshold that a value meets": Case(npy(VOXELS * 0.5), 0.5),
    "npy single precision at its threshold": Case(npy((VOXELS * 0.7).astype(np.float32)), 0.7),
    "npy NaN": Case(npy(np.where(VOXELS > 0, np.nan, 0)), 0.5),
    "npy infinity": Case(npy(np.where(VOXELS > 0, np.inf, 0)), 0.5),
    "npy complex": Case(npy(VOXELS.astype(complex))),
    "npy text": Case(npy(np.full(VOXELS.shape, "a"))),
    "npy dates": Case(npy(np.zeros(VOXELS.shape, "M8[s]"))),
    "npy objects": Case(npy(np.array([{}, None], object))),
    "npy empty": Case(npy(VOXELS * 0)),
    "npy without voxels": Case(npy(np.zeros((0, ROWS, COLUMNS), np.uint8))),
    "npy one slice too few": Case(npy(VOXELS[:5])),
    "npy rows too few": Case(npy(VOXELS[:, :7])),
    "npy four dimensions": Case(npy(VOXELS[None])),
    "npy one dimension": Case(npy(VOXELS.ravel())),
    "npy cut": Case(lambda folder: written(folder / "mask.npy", npy(TWO)(folder).read_bytes()[:-9])),
    "npy longer than it says": Case(lambda folder: written(folder / "mask.npy", npy(TWO)(folder).read_bytes() + b"12345678")),
    "npy of one picture": Case(npy(LABELS), single=True),
    "npy of one slice": Case(npy(VOXELS[2:3]), single=True),
    "npy turned": Case(npy(PICTURE.T.copy()), single=True),
    "png grey": Case(png(PICTURE * 255), single=True),
    "png grey 1 of 255": Case(png(PICTURE), single=True),
    "png two greys": Case(png(PICTURE * 100 + OTHER * 200), single=True),
    "png two greys, threshold": Case(png(PICTURE * 100 + OTHER * 200), 150, single=True),
    "png two greys, no black": Case(png(100 + PICTURE * 100), single=True),
    "png two greys, no black, threshold": Case(png(100 + PICTURE * 100), 150, single=True),
    "png black on white": Case(png(255 - PICTURE * 255), single=True),
    "png black": Case(png(PICTURE * 0), single=True),
    "png white": Case(png(PICTURE * 0 + 255), single=True),
    "png 16 bits": Case(png(PICTURE.astype(np.uint16) * 60000), single=True),
    "png 16 bits, label 1": Case(png(PICTURE.astype(np.uint16)), single=True),
    "png 16 bits, many": Case(png(PICTURE.astype(np.uint16) * 300 + OTHER.astype(np.uint16) * 60000), 301, single=True),
    "png 1 bit": Case(image(PICTURE * 255, "1"), single=True),
    "png 2 bits": Case(hand_made(2, 0, packed_rows(PICTURE * 3, 2)), single=True),
    "png 2 bits, three greys": Case(hand_made(2, 0, packed_rows(LABELS, 2)), single=True),
    "png 2 bits, three greys, threshold": Case(hand_made(2, 0, packed_rows(LABELS, 2)), 2, single=True),
    "png 4 bits": Case(hand_made(4, 0, packed_rows(PICTURE * 15, 4)), single=True),
    "png 4 bits, threshold": Case(hand_made(4, 0, packed_rows(PICTURE * 3 + OTHER * 9, 4)), 8, single=True),
    "png grey with a hidden grey": Case(hand_made(8, 0, [bytes(row) for row in PICTURE * 9 + OTHER * 5], (b"tRNS", b"\0\5")), single=True),
    "png grey, black hidden": Case(hand_made(8, 0, [bytes(row) for row in PICTURE * 9], (b"tRNS", b"\0\0")), single=True),
    "png 16 bits with a hidden grey": Case(hand_made(16, 0, [bytes(row) for row in PICTURE.astype(">u2").view(np.uint8)], (b"tRNS", b"\0\1")), single=True),
    "png colours with a hidden colour": Case(hand_made(8, 2, [row.tobytes() for row in coloured((9, 9, 9), RED)], (b"tRNS", b"\0\x09\0\x09\0\x09")), single=True),
    "png RGB": Case(png(coloured(BLACK, RED)), single=True),
    "png RGB, two colours": Case(png(coloured(BLACK, RED, GREEN)), single=True),
    "png RGB, two colours, threshold": Case(png(coloured(BLACK, RED, GREEN)), 100, single=True),
    "png RGB on white": Case(png(coloured(WHITE, RED)), single=True),
    "png RGB grey": Case(png(coloured(BLACK, WHITE)), single=True),
    "png RGB three greys": Case(png(coloured(BLACK, (90, 90, 90), WHITE)), 100, single=True),
    "png RGB no ground": Case(png(coloured(BLUE, RED)), single=True),
    "png RGB 16 bits": Case(hand_made(16, 2, [row.astype(">u2").tobytes() for row in coloured(BLACK, RED)]), single=True),
    "png RGBA": Case(png(coloured((0, 0, 0, 0), (*RED, 255))), single=True),
    "png RGBA, faint": Case(png(coloured((0, 0, 0, 0), (*RED, 1))), single=True),
    "png RGBA, two opacities": Case(png(coloured((0, 0, 0, 0), (*RED, 128), (*RED, 255))), single=True),
    "png RGBA, two opacities, threshold": Case(png(coloured((0, 0, 0, 0), (*RED, 128), (*RED, 255))), 200, single=True),
    "png RGBA, two colours": Case(png(coloured((0, 0, 0, 0), (*RED, 255), (*GREEN, 255))), single=True),
    "png RGBA, black on nothing": Case(png(coloured((0, 0, 0, 0), (0, 0, 0, 255))), single=True),
    "png RGBA, black and white": Case(png(coloured((0, 0, 0, 255), (*WHITE, 255))), single=True),
    "png RGBA, nothing": Case(png(coloured((0, 0, 0, 0), (0, 0, 0, 0))), single=True),
    "png RGBA, hidden colours": Case(png(coloured((*BLUE, 0), (*RED, 255))), single=True),
    "png RGBA, translucent ground": Case(png(coloured((0, 0, 0, 9), (*RED, 255))), single=True),
    "png grey and alpha": Case(png(coloured((0, 0), (200, 255))), single=True),
    "png grey and alpha, white on nothing": Case(png(coloured((255, 0), (255, 255))), single=True),
    "png grey and alpha, black on nothing": Case(png(coloured((0, 0), (0, 255))), single=True),
    "png palette": Case(with_palette(PICTURE, [*BLACK, *RED]), single=True),
    "png palette of labels": Case(with_palette(LABELS, [*BLACK, *RED, *GREEN]), single=True),
    "png palette of greys": Case(with_palette(LABELS, [*BLACK, 90, 90, 90, *WHITE]), single=True),
    "png palette of greys, threshold": Case(with_palette(LABELS, [*BLACK, 90, 90, 90, *WHITE]), 100, single=True),
    "png palette, ground is not black": Case(with_palette(LABELS, [*BLUE, *RED, *GREEN]), single=True),
    "png palette, ground is not 0": Case(with_palette(3 - LABELS, [*RED, *GREEN, *BLUE, *BLACK]), single=True),
    "png palette with alpha": Case(with_palette(LABELS, [*BLACK, *RED, *GREEN], transparency=bytes([0, 255, 255])), single=True),
    "png palette, one seen": Case(with_palette(PICTURE, [*BLUE, *RED], transparency=bytes([0, 255])), single=True),
    "png palette of 1 bit": Case(with_palette(PICTURE, [*BLACK, *GREEN], bits=1), single=True),
    "png palette of 2 bits": Case(with_palette(LABELS, [*BLACK, *RED, *GREEN], bits=2), single=True),
    "png palette of 4 bits": Case(with_palette(LABELS * 4, [*BLACK, *([0] * 9), *RED, *([0] * 9), *GREEN], bits=4), single=True),
    "png palette, two of one colour": Case(with_palette(LABELS, [*BLACK, *RED, *RED]), single=True),
    "png turned by Exif": Case(image(PICTURE * 255, "L", exif=exif_of(6)), single=True),
    "png with Exif that turns nothing": Case(image(PICTURE * 255, "L", exif=exif_of(1)), single=True),
    "png animation": Case(image(PICTURE * 255, "L", save_all=True, append_images=[Image.fromarray(OTHER * 255)]), single=True),
    "png interlaced": Case(lambda folder: written(folder / "mask.png", interlaced(PICTURE * 255)), single=True),
    "png another size": Case(png(np.zeros((7, 10), np.uint8) + 255), single=True),
    "png cut": Case(lambda folder: written(folder / "mask.png", png(PICTURE * 255)(folder).read_bytes()[:45]), single=True),
    "a JPEG named png": Case(png(PICTURE * 255, "JPEG"), single=True),
    "nifti": Case(nifti(TWO)),
    "nifti gzip": Case(nifti(TWO, name="mask.nii.gz")),
    "nifti 2": Case(by_nibabel(nothing, TWO, nibabel.Nifti2Image)),
    "nifti big endian": Case(big_endian()),
    "nifti qform alone": Case(by_nibabel(qform_alone, TWO)),
    "nifti without a place": Case(no_place),
    "nifti of two places": Case(by_nibabel(two_places, TWO)),
    "nifti with another pixdim": Case(by_nibabel(other_pixdim, TWO)),
    "nifti in microns": Case(by_nibabel(in_microns, TWO)),
    "nifti in metres": Case(by_nibabel(in_metres, TWO)),
    "nifti scaled": Case(by_nibabel(scaled, TWO.astype(np.int16))),
    "nifti float": Case(nifti(TWO.astype(np.float32))),
    "nifti fractions": Case(nifti(VOXELS * 0.7)),
    "nifti fractions, threshold": Case(nifti(VOXELS * 0.7), 0.5),
    "nifti NaN": Case(nifti(np.where(VOXELS > 0, np.nan, 0.0)), 0.5),
    "nifti int8": Case(by_nibabel(nothing, TWO.astype(np.int8))),
    "nifti uint32": Case(by_nibabel(nothing, TWO.astype(np.uint32))),
    "nifti 4-D, one volume": Case(nifti(TWO[None])),
    "nifti 4-D, two volumes": Case(nifti(np.stack([TWO] * 2))),
    "nifti flipped": Case(nifti(TWO[::-1, :, :].copy(), FLIPPED)),
    "nifti turned": Case(nifti(np.swapaxes(TWO, 1, 2).copy(), TURNED)),
    "nifti half a voxel off": Case(nifti(TWO, SHIFTED)),
    "nifti elsewhere": Case(nifti(TWO, np.diag([1.0, 1, 2, 1]) + np.eye(4, k=3) * 500)),
    "nifti identity": Case(nifti(TWO, np.diag([-1.0, -1, 1, 1]))),
    "nifti of part of the series": Case(nifti(TWO[1:4], np.diag([1.0, 1, 2, 1]) + np.array([[0] * 4, [0] * 4, [0, 0, 0, 2], [0] * 4]))),
    "nifti empty": Case(nifti(TWO * 0)),
    "nifti cut": Case(lambda folder: written(folder / "mask.nii", by_nibabel(nothing, TWO)(folder).read_bytes()[:500])),
    "nifti gzip cut": Case(lambda folder: written(folder / "mask.nii.gz", nifti(TWO)(folder).read_bytes()[:-20])),
    "nrrd": Case(itk("mask.nrrd")),
    "nrrd gzip": Case(itk("mask.nrrd", compress=True)),
    "nrrd RAS": Case(of_kind("nrrd-ras")),
    "nrrd LAS": Case(of_kind("nrrd-las")),
    "nrrd without a place": Case(raw("mask.nrrd", NRRD.format(type="uchar", encoding="raw") + "\n", RAW)),
    "nrrd big endian": Case(raw("mask.nrrd", NRRD.format(type="short", encoding="raw") + "endian: big\n" + LPS + "\n", BIG)),
    "nrrd text": Case(raw("mask.nrrd", NRRD.format(type="uchar", encoding="ascii") + LPS + "\n", " ".join(map(str, VOXELS.ravel())).encode())),
    "nrrd hex": Case(raw("mask.nrrd", NRRD.format(type="uchar", encoding="hex") + LPS + "\n", RAW.hex().encode())),
    "nrrd text of fractions": Case(raw("mask.nrrd", NRRD.format(type="float", encoding="text") + LPS + "\n", " ".join(map(str, (VOXELS * 0.7).ravel())).encode()), 0.5),
    "nrrd text on lines": Case(raw("mask.nrrd", NRRD.format(type="short", encoding="txt") + LPS + "\n", "\n".join(map(str, TWO.ravel())).encode())),
    "nrrd text, one too few": Case(raw("mask.nrrd", NRRD.format(type="uchar", encoding="ascii") + LPS + "\n", " ".join(map(str, VOXELS.ravel()[1:])).encode())),
    "nrrd text, a word in it": Case(raw("mask.nrrd", NRRD.format(type="uchar", encoding="ascii") + LPS + "\n", b"one " + " ".join(map(str, VOXELS.ravel())).encode())),
    "nrrd text, too large for its type": Case(raw("mask.nrrd", NRRD.format(type="uchar", encoding="ascii") + LPS + "\n", " ".join(map(str, VOXELS.ravel() * np.int32(300))).encode())),
    "nrrd text, fractions of whole numbers": Case(raw("mask.nrrd", NRRD.format(type="uchar", encoding="ascii") + LPS + "\n", " ".join(map(str, VOXELS.ravel() * 1.5)).encode())),
    "nrrd hex, big endian": Case(raw("mask.nrrd", NRRD.format(type="short", encoding="hex") + "endian: big\n" + LPS + "\n", BIG.hex(" ", 16).encode())),
    "nrrd hex, cut": Case(raw("mask.nrrd", NRRD.format(type="uchar", encoding="hex") + LPS + "\n", RAW.hex()[:-2].encode())),
    "nrrd bzip2": Case(raw("mask.nrrd", NRRD.format(type="uchar", encoding="bzip2") + LPS + "\n", bz2.compress(RAW))),
    "nrrd of spacings": Case(raw("mask.nrrd", NRRD.format(type="uchar", encoding="raw") + "spacings: 1 1 2\n\n", RAW)),
    "nrrd half a place": Case(raw("mask.nrrd", NRRD.format(type="uchar", encoding="raw") + "space: left-posterior-superior\nspace origin: (0,0,0)\n\n", RAW)),
    "nrrd another space": Case(raw("mask.nrrd", NRRD.format(type="uchar", encoding="raw") + LPS.replace("left-posterior-superior", "scanner-xyz") + "\n", RAW)),
    "nrrd half a voxel off": Case(itk("mask.nrrd", matrix=SHIFTED)),
    "nrrd in metres": Case(raw("mask.nrrd", NRRD.format(type="uchar", encoding="raw") + LPS + 'space units: "m" "m" "m"\n\n', RAW)),
    "nrrd in millimetres": Case(raw("mask.nrrd", NRRD.format(type="uchar", encoding="raw") + LPS + 'space units: "mm" "mm" "mm"\n\n', RAW)),
    "nrrd that skips bytes": Case(raw("mask.nrrd", NRRD.format(type="uchar", encoding="raw") + LPS + "byte skip: 4\n\n", b"1234" + RAW)),
    "nrrd gzip, longer than it says": Case(raw("mask.nrrd", NRRD.format(type="uchar", encoding="gzip") + LPS + "\n", gzip.compress(RAW + b"12"))),
    "nrrd gzip cut": Case(raw("mask.nrrd", NRRD.format(type="uchar", encoding="gzip") + LPS + "\n", gzip.compress(RAW)[:-9])),
    "nrrd sheared": Case(raw("mask.nrrd", NRRD.format(type="uchar", encoding="raw") + LPS.replace("(0,1,0)", "(0.5,1,0)") + "\n", RAW)),
    "nrrd cut": Case(raw("mask.nrrd", NRRD.format(type="uchar", encoding="raw") + LPS + "\n", RAW[:99])),
    "nrrd with CRLF": Case(raw("mask.nrrd", (NRRD.format(type="uchar", encoding="raw") + LPS + "\n").replace("\n", "\r\n"), RAW)),
    "nrrd float fractions": Case(raw("mask.nrrd", NRRD.format(type="float", encoding="raw") + "endian: little\n" + LPS + "\n", (VOXELS * np.float32(0.7)).tobytes()), 0.5),
    "mha": Case(itk("mask.mha")),
    "mha compressed": Case(itk("mask.mha", compress=True)),
    "mha flipped": Case(itk("mask.mha", matrix=FLIPPED)),
    "mha half a voxel off": Case(itk("mask.mha", matrix=SHIFTED)),
    "mha big endian": Case(raw("mask.mha", META + HERE + "ElementType = MET_SHORT\nBinaryDataByteOrderMSB = True\nElementDataFile = LOCAL\n", BIG)),
    "mha without a place": Case(raw("mask.mha", META + "ElementType = MET_UCHAR\nElementDataFile = LOCAL\n", RAW)),
    "mha half a place": Case(raw("mask.mha", META + "TransformMatrix = 1 0 0 0 1 0 0 0 1\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n", RAW)),
    "mha with an offset alone": Case(raw("mask.mha", META + "Offset = 0 0 0\nElementSpacing = 1 1 2\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n", RAW)),
    "mha with spacing alone": Case(raw("mask.mha", META + "ElementSpacing = 1 1 2\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n", RAW)),
    "mha without spacing": Case(raw("mask.mha", META + "Offset = 0 0 0\nTransformMatrix = 1 0 0 0 1 0 0 0 1\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n", RAW)),
    "mha in metres": Case(raw("mask.mha", META + HERE + "DistanceUnits = m\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n", RAW)),
    "mha scaled": Case(raw("mask.mha", META + HERE + "ElementToIntensityFunctionSlope = 2\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n", RAW)),
    "mha compressed, longer than it says": Case(raw("mask.mha", META + HERE + "CompressedData = True\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n", zlib.compress(RAW + b"12"))),
    "mha text": Case(raw("mask.mha", META + HERE + "BinaryData = False\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n", " ".join(map(str, VOXELS.ravel())).encode())),
    "mha of two channels": Case(raw("mask.mha", META + HERE + "ElementNumberOfChannels = 2\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n", RAW * 2)),
    "mha cut": Case(raw("mask.mha", META + HERE + "ElementType = MET_UCHAR\nElementDataFile = LOCAL\n", RAW[:99])),
    "mha with a header size": Case(raw("mask.mha", META + HERE + "HeaderSize = -1\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n", RAW)),
    "seg binary": Case(of_kind("seg-binary", voxels=TWO)),
    "seg label map": Case(of_kind("seg-labelmap", voxels=TWO)),
    "seg fractional": Case(of_kind("seg-fractional", threshold=0.25)),
    "seg fractional, threshold": Case(of_kind("seg-fractional", threshold=0.25), 0.25),
    "seg by dcmqi": Case(of_kind("seg-dcmqi", voxels=TWO)),
    "seg flipped": Case(of_kind("seg-dcmqi", matrix=FLIPPED, voxels=TWO)),
    "seg half a voxel off": Case(of_kind("seg-binary", matrix=SHIFTED)),
    "seg of another frame of reference": Case(of_kind("seg-binary", is_foreign=True)),
    "text": Case(raw("mask.txt", "x", b"")),
    "nothing in it": Case(raw("mask.nii", "", b"")),
}  # fmt: skip


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path, dict[str, Any]]]:
    """For each case the series, the mask, and what the page makes of it."""
    folder = tmp_path_factory.mktemp("page")
    series = folder / "series"
    series.mkdir()
    mask_files.write_series(trial(), series)
    masks = {}
    for number, (name, case) in enumerate(CASES_BY_NAME.items()):
        own = folder / str(number)
        own.mkdir()
        (own / "series").symlink_to(series)
        masks[name] = case.make(own)
    tries = [
        {"masks": [str(masks[name])], "threshold": case.threshold, "shown": SHOWN}
        for name, case in CASES_BY_NAME.items()
    ]
    asked, told = folder / "asked.json", folder / "told.json"
    asked.write_text(json.dumps({"series": [str(path) for path in sorted(series.iterdir())], "tries": tries}))
    subprocess.run(["node", str(SCRIPT), str(asked), str(told)], check=True)
    found = json.loads(told.read_text())
    return {name: (series, masks[name], answer) for name, answer in zip(CASES_BY_NAME, found, strict=True)}


@pytest.mark.parametrize("name", CASES_BY_NAME)
def test_the_page_and_the_command_make_the_same_of_a_mask(name: str, answers: Any, tmp_path: Path) -> None:
    case = CASES_BY_NAME[name]
    series, mask, page = answers[name]
    assert page.get("code") not in {"internal", "unknown"}, page
    try:
        wanted = by_library(series, mask, case, tmp_path)
    except OverlayError as error:
        refusal: str | None = f"{error.code}: {error}"
        wanted = []
    else:
        refusal = None
    laid = sorted(
        [(image, bits) for image, bits in zip(layer["pictures"], in_images(layer), strict=True) if int(bits, 16)]
        for layer in page.get("layers", [])
    )
    if page.get("code") == "mask-empty":
        # The library writes it, with a notice: with `replace-label` that takes a layer away.
        assert (wanted, refusal) == ([], None)
        return
    assert (laid, "code" in page) == (wanted, refusal is not None), f"page: {page}, library: {refusal}"


def by_library(series: Path, mask: Path, case: Case, folder: Path) -> Layers:
    """What `write_series_overlays`, which the command calls, lays of a mask; images go to ``folder``."""
    paths = sorted(series.iterdir())
    if case.single:
        paths = paths[SHOWN : SHOWN + 1]
    result = write_series_overlays(paths, mask, output=folder, threshold=case.threshold)
    assert result.failed == ()
    layers: dict[str, list[tuple[int, str]]] = {}
    for number, planes in enumerate(mask_trials.planes_of(trial(), folder)):
        for label, plane in planes.items():
            if plane.any():
                bits = np.packbits(plane.ravel() > 0, bitorder="little").tobytes()
                layers.setdefault(label, []).append((SHOWN if case.single else number, bits.hex()))
    return sorted(layers.values())


def in_images(layer: dict[str, Any]) -> list[str]:
    """The packed bits of each picture of a layer, in hexadecimal."""
    each = len(layer["bits"]) // len(layer["pictures"])
    return [layer["bits"][at : at + each] for at in range(0, len(layer["bits"]), each)]
