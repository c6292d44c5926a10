"""What the browser tests ask of the native side; ``answers.py`` calls these functions."""

import contextlib
import hashlib
import zipfile
from importlib.resources import files
from pathlib import Path
from typing import Any

import data_store
import numpy as np
import pydicom
from PIL import Image
from pydicom.uid import generate_uid

import dicom_overlay
from dicom_overlay.scan.layout import scan
from dicom_overlay.scan.source import Source
from dicom_overlay.series.gather import FilePlanes, gather_volumes
from dicom_overlay.series.order import order_instances, read_facts

MARKER = b"the last bytes of the file."


def find(name: str) -> str:
    """Return the path of one of pydicom's or pydicom-data's files."""
    folders = [Path(str(files(pydicom))) / "data" / "test_files", *(Path(p) / "data" for p in data_store.__path__)]
    return next(str(folder / name) for folder in folders if (folder / name).is_file())


def mask_of(pixels: int, salt: int = 0) -> bytes:
    """Return the mask that ``maskOf`` in page.mjs makes."""
    return bytes(((i + salt) * 2654435761 & 0xFFFFFFFF) % 7 == 0 for i in range(pixels))


def written(path: str, output: str, options: dict[str, Any], salt: int = 0) -> dict[str, Any]:
    """Write the mask with the wheel and return the result's hash."""
    image = pydicom.dcmread(path, stop_before_pixels=True, force=True)
    mask = mask_of(image.Rows * image.Columns, salt)
    result = dicom_overlay.write_dicom_overlay(
        path, mask, output=output, rows=image.Rows, columns=image.Columns, **options
    )
    return {"sha256": sha256(output), "groups": list(result.groups), "rows": image.Rows, "columns": image.Columns}


def written_with_png(path: str, png: str, output: str) -> dict[str, Any]:
    """Make a PNG mask of the image's size with `mask_of`, write it with the wheel, and return the result's hash."""
    image = pydicom.dcmread(path, stop_before_pixels=True, force=True)
    size = (image.Columns, image.Rows)
    Image.frombytes("L", size, bytes(255 * bit for bit in mask_of(size[0] * size[1], 1))).save(png)
    return written(path, output, {}, 1)


def sha256(path: str) -> str:
    """Return the hash of a file."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def large(path: str, output: str, size: int) -> dict[str, int]:
    """Make a sparse file of about ``size`` bytes from an explicit little endian file: its header, and long Pixel Data."""
    data = Path(path).read_bytes()
    at = data.rindex(b"\xe0\x7f\x10\x00OW\0\0")
    length = size - at - 12
    length -= length % 2
    with Path(output).open("wb") as file:
        file.write(data[: at + 8] + length.to_bytes(4, "little"))
        file.seek(at + 12 + length - len(MARKER))
        file.write(MARKER)
    return {"pixelData": at, "size": Path(output).stat().st_size}


def series(folder: str, template: str, positions: list[list[float]], options: dict[str, Any]) -> list[str]:
    """Make a series of single images, one for each position, in files whose names say nothing of the order."""
    image = pydicom.dcmread(template)
    study, group = generate_uid(), generate_uid()
    paths = []
    for index, position in enumerate(positions):
        image.SOPInstanceUID = generate_uid()
        image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
        image.StudyInstanceUID, image.SeriesInstanceUID = study, group
        image.FrameOfReferenceUID = options.get("frame", "1.2.3")
        image.ImagePositionPatient = position
        image.ImageOrientationPatient = options.get("orientation", [1, 0, 0, 0, 1, 0])
        image.SpecificCharacterSet = options.get("charset", "ISO_IR 100")
        image.InstanceNumber = options.get("numbers", range(1, len(positions) + 1))[index]
        name = hashlib.sha256(f"{folder} {index}".encode()).hexdigest()[:8]
        path = Path(folder) / f"{name}.dcm"
        image.save_as(path)
        paths.append(str(path))
    return paths


def add_plane(path: str, group: int, attributes: dict[str, Any]) -> None:
    """Put a plane into a file as other programs may have written it: by pydicom, with no rule kept."""
    image = pydicom.dcmread(path)
    rows, columns = attributes.get("size", [image.Rows, image.Columns])
    frames = attributes.get("frames")
    pixels = rows * columns * (frames or 1)
    mask = np.frombuffer(mask_of(pixels, group), np.uint8)
    data = np.packbits(mask, bitorder="little").tobytes().ljust((pixels + 15) // 16 * 2, b"\0")
    values = {
        0x0010: ("US", rows),
        0x0011: ("US", columns),
        0x0015: ("IS", frames),
        0x0040: ("CS", attributes.get("type", "G")),
        0x0050: ("SS", attributes.get("origin", [1, 1])),
        0x0051: ("US", attributes.get("first")),
        0x0100: ("US", 1),
        0x0102: ("US", 0),
        0x1500: ("LO", attributes.get("label")),
        0x3000: ("OW", data),
    }
    for element, (vr, value) in values.items():
        if value is not None:
            image.add_new(group << 16 | element, vr, value)
    image.save_as(path)


def gathered(paths: list[str]) -> list[dict[str, Any]]:
    """Return the volumes that the wheel gathers from a series."""
    read = []
    for path in paths:
        source = Source.of_bytes(Path(path).read_bytes())
        planes = dicom_overlay.read_dicom_overlays(path)
        read.append(FilePlanes(facts=read_facts(scan(source)), planes=planes, notices=planes.notices))
    order = order_instances([file.facts for file in read], paths)[0] if len(read) > 1 else (0,)
    volumes, _ = gather_volumes(read[index] for index in order)
    found = []
    for volume in volumes:
        groups: list[int | None] = [None] * len(order)
        for at, index in enumerate(order):
            groups[index] = volume.groups[at]
        notices = [
            [n.code, n.message, n.detail | {"index": order[int(str(n.detail["index"]))]}] for n in volume.notices
        ]
        mask = hashlib.sha256(volume.to_mask()).hexdigest()
        found.append(
            {"label": volume.label, "groups": groups, "type": volume.overlay_type, "sha256": mask, "notices": notices}
        )
    return found


def planes(path: str) -> list[dict[str, Any]]:
    """Return what pydicom itself reads of a file's planes, and the hash of its Pixel Data."""
    image = pydicom.dcmread(path, force=True)
    found = []
    for group in range(0x6000, 0x6020, 2):
        if (group, 0x3000) in image:
            mask = image.overlay_array(group)
            label = image[group, 0x1500].value if (group, 0x1500) in image else None
            found.append(
                {
                    "group": group,
                    "label": label,
                    "set": int(mask.sum()),
                    "sha256": hashlib.sha256(mask.astype("u1").tobytes()).hexdigest(),
                    "pixels": hashlib.sha256(image.PixelData).hexdigest(),
                    "uid": str(image.SOPInstanceUID),
                }
            )
    return found


def pixels(path: str) -> str:
    """Return the hash of a file's Pixel Data."""
    return hashlib.sha256(pydicom.dcmread(path, force=True).PixelData).hexdigest()


def unzip(path: str, folder: str) -> dict[str, list[dict[str, Any]]]:
    """Unpack an archive and return the planes of each file in it."""
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder)
        return {name: planes(str(Path(folder) / name)) for name in archive.namelist()}


def resident(process: int) -> int:
    """Return the bytes that a process and all its descendants hold alone or shared in part (Linux: Pss)."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text("utf-8").rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    total, waiting = 0, [process]
    while waiting:
        current = waiting.pop()
        waiting += children.get(current, [])
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{current}/smaps_rollup").read_text("utf-8").splitlines()
            total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def mask_hash(count: int, salt: int) -> str:
    """Return the hash of the mask."""
    return hashlib.sha256(mask_of(count, salt)).hexdigest()
