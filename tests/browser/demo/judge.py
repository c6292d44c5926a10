"""The native judge of the demo's exports; ``answers.py`` calls these functions.

Nothing here comes from the package: pydicom reads the plane, DCMTK draws it, and plain bytes are compared.
"""

import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from PIL import Image


def judge(result: str, originals: str, expected: dict[str, Any], draw: list[str]) -> dict[str, Any]:
    """Compare an exported file or ZIP with its originals, named as NAME-overlay.dcm.

    ``expected`` maps an original's name to the mask it must have: a rectangle [top, left, bottom, right] with exclusive
    ends, the path of a .npy file, or null for an empty plane. ``draw`` names the files that DCMTK shall draw as well.
    """
    problems: list[str] = []
    sources = {path.stem: path for path in Path(originals).rglob("*") if path.is_file()}
    with tempfile.TemporaryDirectory() as folder:
        files = unpack(Path(result), Path(folder))
        for path in files:
            source = sources.get(path.stem.removesuffix("-overlay"))
            if source is None or source.name not in expected:
                problems.append(f"{path.name}: no such original")
                continue
            problems += [f"{path.name}: {text}" for text in compare(path, source, expected[source.name])]
            if source.name in draw:
                problems += [f"{path.name}: {text}" for text in drawn(path, expected[source.name], Path(folder))]
    return {"files": len(files), "problems": problems}


def unpack(result: Path, folder: Path) -> list[Path]:
    """Return the exported files: of a folder, or of a ZIP, which is unpacked first."""
    if result.is_dir():
        return sorted(result.glob("*.dcm"))
    if not zipfile.is_zipfile(result):
        return [result]
    with zipfile.ZipFile(result) as archive:
        assert archive.testzip() is None, "the ZIP is damaged"
        archive.extractall(folder / "unpacked")
    return sorted((folder / "unpacked").rglob("*.dcm"))


def compare(path: Path, source: Path, expected: Any) -> list[str]:
    """Return what is wrong with one file: its plane, and the bytes around it."""
    image = pydicom.dcmread(path)
    plane = image.overlay_array(0x6000) != 0
    wanted = mask_of(expected, plane.shape)
    found = []
    if not np.array_equal(plane, wanted):
        found.append(
            f"plane has {int(plane.sum())} pixels, wanted {int(wanted.sum())}, {int((plane ^ wanted).sum())} differ"
        )
    before, after = source.read_bytes(), path.read_bytes()
    same = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), len(before))
    if not after.endswith(before[same:]):
        found.append("bytes outside one inserted range differ")
    return found


def drawn(path: Path, expected: Any, folder: Path) -> list[str]:
    """Let DCMTK draw the file with its plane and without, and compare with the mask."""
    pictures = []
    for name, option in (("with", "+O"), ("without", "-O")):
        target = folder / f"{name}.pgm"
        options = [option, "0"] if option == "+O" else [option]
        subprocess.run(["dcm2pnm", *options, "+Wm", str(path), str(target)], check=True, capture_output=True)
        pictures.append(read_pgm(target))
    shown, plain = pictures
    mask = mask_of(expected, shown.shape)
    good = bool((shown[mask] == 255).all()) and bool((shown[~mask] == plain[~mask]).all())
    return [] if good else ["DCMTK draws another mask"]


def read_pgm(path: Path) -> NDArray[np.uint8]:
    """Return the pixels of a binary PGM."""
    with Image.open(path) as image:
        return np.asarray(image.convert("L"))


def mask_of(expected: Any, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return the wanted mask."""
    mask = np.zeros(shape, dtype=bool)
    if isinstance(expected, str):
        return np.asarray(np.load(expected) != 0)
    if expected is not None:
        top, left, bottom, right = expected
        mask[top:bottom, left:right] = True
    return mask


def identities(result: str, originals: list[str]) -> dict[str, Any]:
    """Say which exported instances are new ones, and whether they are in one series, and in that of the originals."""
    sources = [pydicom.dcmread(path, stop_before_pixels=True) for path in originals]
    with tempfile.TemporaryDirectory() as folder:
        found = [pydicom.dcmread(path, stop_before_pixels=True) for path in unpack(Path(result), Path(folder))]
    old = {str(one.SOPInstanceUID) for one in sources}
    series = {str(one.SeriesInstanceUID) for one in found}
    return {
        "instances": len({str(one.SOPInstanceUID) for one in found}),
        "changed": sum(str(one.SOPInstanceUID) not in old for one in found),
        "series": len(series),
        "sameSeries": str(sources[0].SeriesInstanceUID) in series,
    }


def planes(result: str, originals: str) -> dict[str, Any]:
    """Return the planes of every exported file, and whether everything else is the original's."""
    sources = {path.stem: path for path in Path(originals).rglob("*.dcm")}
    answer = {}
    with tempfile.TemporaryDirectory() as folder:
        for path in unpack(Path(result), Path(folder)):
            image = pydicom.dcmread(path)
            stem = path.stem.removesuffix("-overlay")
            found = {}
            for group in range(0x6000, 0x6020, 2):
                if (group, 0x3000) in image:
                    label = image[group, 0x1500].value if (group, 0x1500) in image else None
                    found[f"{group:04X}"] = {
                        "label": label,
                        "type": str(image[group, 0x40].value),
                        "pixels": int((image.overlay_array(group) != 0).sum()),
                    }
            source = pydicom.dcmread(sources[stem])
            rest = [not_planes(dataset) for dataset in (image, source)]
            answer[stem] = {"planes": found, "rest": rest[0] == rest[1]}
    return answer


def not_planes(dataset: pydicom.Dataset) -> pydicom.Dataset:
    """Return the elements outside the groups 60xx."""
    for tag in [element.tag for element in dataset]:
        if tag.group >> 8 == 0x60:
            del dataset[tag]
    return dataset


def captures(result: str, originals: list[str], width: int, centre: int, marks: dict[str, Any]) -> dict[str, Any]:
    """Compare Secondary Captures with their sources, as DCMTK draws both.

    ``marks`` maps a source's stem to what was burned in, the lowest first: [[top, left, bottom, right], colour, opacity].
    """
    sources = {str(pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID): Path(path) for path in originals}
    problems, series, uids, names = [], set(), set(), []
    with tempfile.TemporaryDirectory() as folder:
        for path in unpack(Path(result), Path(folder)):
            image = pydicom.dcmread(path)
            source = sources[str(image.SourceImageSequence[0].ReferencedSOPInstanceUID)]
            grey, seen = Path(folder) / "grey.pgm", Path(folder) / "seen.ppm"
            window = ["-O", "+Ww", str(centre), str(width)]
            subprocess.run(["dcm2pnm", *window, str(source), str(grey)], check=True, capture_output=True)
            subprocess.run(["dcm2pnm", "--write-raw-pnm", str(path), str(seen)], check=True, capture_output=True)
            wanted = np.repeat(read_pgm(grey)[..., None].astype(float), 3, axis=-1)
            for (top, left, bottom, right), colour, opacity in marks.get(source.stem, []):
                box = wanted[top:bottom, left:right]
                box[:] = box * (1 - opacity) + np.array(bytearray.fromhex(colour)) * opacity
            off = float(np.abs(wanted - np.asarray(Image.open(seen), float)).max())
            # DCMTK and canvases round each in their own way, and two marks may lie on each other.
            if off > 3:
                problems.append(f"{path.name}: a pixel differs by {off}")
            said = subprocess.run(["dciodvfy", "-new", str(path)], check=False, capture_output=True)
            problems += [line for line in said.stderr.decode().splitlines() if line.startswith("Error")]
            before = pydicom.dcmread(source, stop_before_pixels=True)
            if (image.PatientName, image.StudyInstanceUID) != (before.PatientName, before.StudyInstanceUID):
                problems.append(f"{path.name}: another patient or study")
            series.add(str(image.SeriesInstanceUID))
            uids.add(str(image.SOPInstanceUID))
            names.append(path.name)
    is_new = not uids & set(sources)
    return {"names": names, "problems": problems, "series": len(series), "instances": len(uids), "new": is_new}


def unzip(archive: str, folder: str) -> list[str]:
    """Unpack the sample, so that the judge has its originals."""
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
        return sorted(opened.namelist())
