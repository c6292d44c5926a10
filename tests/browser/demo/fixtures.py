"""Files for the demo's browser tests; ``answers.py`` calls these functions."""

import subprocess
import warnings
from importlib.resources import files
from pathlib import Path
from typing import Any

import data_store
import numpy as np
import pydicom
import SimpleITK as Sitk
from highdicom.seg import Segmentation, SegmentDescription
from highdicom.seg.enum import SegmentAlgorithmTypeValues, SegmentationTypeValues
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sr.codedict import codes
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

MARKUP = "<img src=x onerror=alert(1)><b>bold</b>"


def find(name: str) -> str:
    """Return the path of one of pydicom's or pydicom-data's files."""
    folders = [Path(str(files(pydicom))) / "data" / "test_files", *(Path(p) / "data" for p in data_store.__path__)]
    return next(str(folder / name) for folder in folders if (folder / name).is_file())


def png_masks(folder: str, rows: int, columns: int) -> dict[str, dict[str, Any]]:
    """Write the same kind of mask in the PNG forms that a canvas reads wrongly, and what each must become."""
    y, x = np.mgrid[:rows, :columns]
    ring = (np.hypot(y - rows / 2, x - columns / 2) < rows / 4) & (x % 3 != 0)
    rgba = np.zeros((rows, columns, 4), np.uint8)
    rgba[ring] = (0, 0, 1, 255)
    faint = np.zeros((rows, columns, 4), np.uint8)
    faint[..., 0] = 200  # coloured, but transparent: not marked
    faint[ring] = (9, 9, 9, 1)
    palette = Image.fromarray(ring.astype(np.uint8), "P")
    palette.putpalette([0, 0, 0, 10, 200, 30])
    pictures = {
        "grey16": Image.fromarray(ring.astype(np.uint16)),
        "rgba": Image.fromarray(rgba, "RGBA"),
        "faint": Image.fromarray(faint, "RGBA"),
        "palette": palette,
        "bits": Image.fromarray(ring),
    }
    wanted = str(Path(folder) / "ring.npy")
    np.save(wanted, ring)
    made = {}
    for name, picture in pictures.items():
        path = str(Path(folder) / f"{name}.png")
        picture.save(path)
        made[name] = {"path": path, "wanted": wanted}
    return made


def oblique_series(folder: str) -> dict[str, Any]:
    """Write a small oblique CT series and NIfTI label maps of it in four voxel orders, made by SimpleITK.

    Names and Instance Numbers say nothing about the order in space. All four maps are the same labels at the same
    places; only the order of their voxels and their affine differ.
    """
    slices, rows, columns = 7, 24, 32
    target = Path(folder)
    (target / "dicom").mkdir(parents=True)
    angle = np.deg2rad(25)
    along = np.array([np.cos(angle), np.sin(angle), 0])
    down = np.array([-np.sin(angle) * np.cos(angle), np.cos(angle) ** 2, np.sin(angle)])
    normal = np.cross(along, down)
    origin = np.array([-40.0, 13.0, 77.5])
    spacing = (0.8, 1.25, 3.0)  # between columns, rows, slices in mm
    series = generate_uid()
    labels = np.random.default_rng(5).random((slices, rows, columns)) < 0.3
    labels[2] = False
    shuffled = [4, 1, 6, 0, 3, 5, 2]
    wanted = {}
    for k in range(slices):
        name = f"image{shuffled[k]}.dcm"
        place = origin + k * spacing[2] * normal
        write_slice(target / "dicom" / name, shuffled[k], series, labels[k].shape, (place, along, down, spacing))
        np.save(target / f"{name}.npy", labels[k])
        wanted[name] = str(target / f"{name}.npy") if labels[k].any() else None
    image = Sitk.GetImageFromArray(labels.astype(np.uint8) * 3)
    image.SetOrigin(origin.tolist())
    image.SetSpacing(spacing)
    image.SetDirection(np.column_stack([along, down, normal]).ravel().tolist())
    maps = {
        "itk": image,
        "flipped": Sitk.Flip(image, [True, False, True]),
        "permuted": Sitk.PermuteAxes(image, [2, 0, 1]),
        "rowflip": Sitk.Flip(image, [False, True, False]),
    }
    paths = {}
    for name, label_map in maps.items():
        paths[name] = str(target / f"{name}.nii.gz")
        Sitk.WriteImage(label_map, paths[name])
    for name, form, is_packed in (("nrrd", "nrrd", False), ("packed", "nrrd", True), ("meta", "mha", True)):
        paths[name] = str(target / f"{name}.{form}")
        Sitk.WriteImage(image, paths[name], is_packed)
    paths["segmentation"] = write_segmentation(target / "segmentation.dcm", target / "dicom", labels)
    return {"files": sorted(str(path) for path in (target / "dicom").iterdir()), "maps": paths, "wanted": wanted}


def write_segmentation(path: Path, folder: Path, labels: NDArray[np.bool_]) -> str:
    """Write a DICOM Segmentation of one segment by highdicom; empty frames are left out."""
    found = [pydicom.dcmread(one) for one in folder.iterdir()]
    for one in found:
        for keyword in ("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "AccessionNumber", "StudyID"):
            setattr(one, keyword, "")
        one.StudyDate, one.StudyTime, one.SliceThickness = "", "", 3.0
    normal = np.cross(found[0].ImageOrientationPatient[:3], found[0].ImageOrientationPatient[3:])
    sources = sorted(found, key=lambda one: float(np.dot(one.ImagePositionPatient, normal)))
    tissue = codes.SCT.Tissue
    description = SegmentDescription(1, "Lesion", tissue, tissue, SegmentAlgorithmTypeValues.MANUAL)
    segmentation = Segmentation(
        sources,
        labels.astype(np.uint8),
        SegmentationTypeValues.BINARY,
        [description],
        generate_uid(),
        1,
        generate_uid(),
        1,
        "maker",
        "model",
        "1",
        "1",
    )
    segmentation.save_as(path)
    return str(path)


def write_slice(
    path: Path, number: int, series: str, shape: tuple[int, ...], geometry: tuple[Any, Any, Any, tuple[float, ...]]
) -> None:
    """Write one CT slice with a gradient as its picture; geometry is its place, both directions and the spacing."""
    place, along, down, spacing = geometry
    image = bare_image(np.indices(shape).sum(0) * 10 + number)
    image.SeriesInstanceUID, image.StudyInstanceUID, image.FrameOfReferenceUID = series, series[:-2], series[:-3]
    image.InstanceNumber = number
    image.ImagePositionPatient = [f"{value:.8g}" for value in place]
    image.ImageOrientationPatient = [f"{value:.9f}" for value in (*along, *down)]
    image.PixelSpacing = [str(spacing[1]), str(spacing[0])]
    image.WindowCenter, image.WindowWidth = 400, 800
    image.save_as(path, enforce_file_format=True)


def oblong_pixels(folder: str) -> dict[str, Any]:
    """Write one image per way to say the shape of its pixels, wide and tall ones, and the mask that is bright in all.

    A mask set where the picture is bright must be this one, whatever the picture is stretched to.
    """
    rows, columns = 90, 60
    bright = np.zeros((rows, columns), bool)
    bright[50:58, 7:33] = True
    bright[70, 3:50] = True
    wanted = bright.copy()
    wanted[10:21, 30:56] = True  # the rectangle that the test draws
    target = Path(folder)
    np.save(target / "wanted.npy", wanted)
    shapes: dict[str, tuple[str, list[Any]]] = {
        "tall": ("PixelSpacing", ["2", "0.8"]),
        "wide": ("PixelSpacing", ["0.5", "0.7"]),
        "imager": ("ImagerPixelSpacing", ["0.3", "0.2"]),
        "scanned": ("NominalScannedPixelSpacing", ["0.1", "0.3"]),
        "ratio": ("PixelAspectRatio", [4, 3]),
        "groups": ("PixelSpacing", ["1.5", "1"]),
    }
    aspects = {}
    for name, (keyword, (height, width)) in shapes.items():
        image = bare_image(bright * 1000)
        holder: Dataset = image
        if name == "groups":
            holder = Dataset()
            image.SharedFunctionalGroupsSequence = [Dataset()]
            image.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence = [holder]
        setattr(holder, keyword, [height, width])
        image.save_as(target / f"{name}.dcm", enforce_file_format=True)
        aspects[f"{name}.dcm"] = float(height) / float(width)
    return {"wanted": str(target / "wanted.npy"), "rows": rows, "columns": columns, "aspects": aspects}


def embedded_plane(folder: str, syntax: str) -> list[str]:
    """Write an image without a plane and the same one with a plane in its pixels' unused bits (retired in 2004)."""
    y, x = np.mgrid[:64, :64]
    pixels = (x * 40).astype("u2")
    image = bare_image(pixels)
    image.BitsStored, image.HighBit = 12, 11
    image.file_meta.TransferSyntaxUID = pydicom.uid.UID(syntax)
    little = image.file_meta.TransferSyntaxUID.is_little_endian
    image.set_original_encoding(is_implicit_vr=False, is_little_endian=little)
    order = "<" if little else ">"
    paths = []
    for name, bits in {"without": 0, "with": ((x + y) % 3 == 0) << 12}.items():
        image.PixelData = (pixels | bits).astype(f"{order}u2").tobytes()
        image.add_new(0x60000010, "US", 64)
        image.add_new(0x60000011, "US", 64)
        image.add_new(0x60000040, "CS", "G")
        image.add_new(0x60000050, "SS", [1, 1])
        image.add_new(0x60000100, "US", 16)
        image.add_new(0x60000102, "US", 12)
        path = Path(folder) / f"{name}.dcm"
        image.save_as(path, enforce_file_format=True)
        paths.append(str(path))
    return paths


def jpeg_ls_by_planes(folder: str) -> list[str]:
    """Compress a colour image with DCMTK, one plane a scan, and return its path before and after."""
    source, target = find("SC_rgb.dcm"), str(Path(folder) / "planes.dcm")
    subprocess.run(["dcmcjpls", "+in", source, target], check=True)
    return [source, target]


def endless(folder: str) -> str:
    """Write an image that states two thousand million frames."""
    image = pydicom.dcmread(find("CT_small.dcm"))
    image.NumberOfFrames = 2_000_000_000
    path = str(Path(folder) / "endless.dcm")
    image.save_as(path)
    return path


def damaged_stream(folder: str) -> list[str]:
    """Write a compressed image twice with a damage that stops the decoder half way, and return the right one as well."""
    right = Path(find("MR_small_jpeg_ls_lossless.dcm")).read_bytes()
    damaged = bytearray(right)
    damaged[4445] = 185
    paths = [str(Path(folder) / name) for name in ("a.dcm", "b.dcm", "c.dcm")]
    for path, data in zip(paths, (bytes(damaged), bytes(damaged), right), strict=True):
        Path(path).write_bytes(data)
    return paths


def bare_image(pixels: NDArray[Any]) -> FileDataset:
    """Return a CT image of these pixels, in a series of its own."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    image = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    image.SOPClassUID, image.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
    image.SeriesInstanceUID, image.Modality = generate_uid(), "CT"
    image.Rows, image.Columns = pixels.shape
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
    image.BitsAllocated = image.BitsStored = 16
    image.HighBit, image.PixelRepresentation = 15, 0
    image.PixelData = pixels.astype("<u2").tobytes()
    return image


def tiny(folder: str, count: int) -> list[str]:
    """Write ``count`` images of 16 by 16 pixels, in series of 500."""
    paths = []
    for k in range(count):
        if k % 500 == 0:
            image = bare_image(np.indices((16, 16)).sum(0) * 100)
            series = image.SeriesInstanceUID
        image.SeriesInstanceUID = series
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["tiny", str(k)])
        image.InstanceNumber = k % 500 + 1
        image.ImagePositionPatient = [0, 0, k % 500]
        image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        path = Path(folder) / f"tiny{k:05}.dcm"
        image.save_as(path, enforce_file_format=True)
        paths.append(str(path))
    return paths


def large(folder: str) -> str:
    """Write one image of 2,048 by 2,048 pixels."""
    path = str(Path(folder) / "large.dcm")
    bare_image(np.indices((2048, 2048)).sum(0)).save_as(path, enforce_file_format=True)
    return path


def sixteen_labels(folder: str, slices: int) -> str:
    """Write a stack of 512 by 512 pixels with sixteen labels on every slice."""
    labels = np.zeros((slices, 512, 512), np.uint8)
    for label in range(1, 17):
        labels[:, 20 * label : 20 * label + 15, 50:450] = label
    path = str(Path(folder) / "sixteen.npy")
    np.save(path, labels)
    return path


def as_jpeg_2000(folder: str) -> list[str]:
    """Write ten slices of 512 by 512 pixels in JPEG 2000: one real slice with other UIDs and positions."""
    image = pydicom.dcmread(find("693_J2KR.dcm"))
    x, y, z = (float(value) for value in image.ImagePositionPatient)
    paths = []
    for k in range(10):
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["j2k", str(k)])
        image.ImagePositionPatient = [x, y, z + 5 * k]
        image.InstanceNumber = k + 1
        path = Path(folder) / f"j2k{k}.dcm"
        image.save_as(path)
        paths.append(str(path))
    return paths


def with_planes(folder: str) -> dict[str, Any]:
    """Write five slices of one real CT: planes "Liver" (6000, of type R) and one without a label (6004) on the first three.

    The Liver is a square of 20 by 30 pixels from row 40, column 50; the other plane has one pixel.
    """
    image = pydicom.dcmread(find("CT_small.dcm"))
    x, y, z = (float(value) for value in image.ImagePositionPatient)
    series = generate_uid()
    liver = np.zeros((image.Rows, image.Columns), bool)
    liver[40:60, 50:80] = True
    dot = np.zeros_like(liver)
    dot[3, 4] = True
    paths = []
    for k in range(5):
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        image.SeriesInstanceUID, image.InstanceNumber = series, k + 1
        image.ImagePositionPatient = [x, y, z + 5 * k]
        for group, label, bits, kind in ((0x6000, "Liver", liver, "R"), (0x6004, None, dot, "G")):
            for element in (0x10, 0x11, 0x22, 0x40, 0x50, 0x100, 0x102, 0x1500, 0x3000):
                if (group, element) in image:
                    del image[group, element]
            if k > 2:
                continue
            image.add_new((group, 0x10), "US", image.Rows)
            image.add_new((group, 0x11), "US", image.Columns)
            image.add_new((group, 0x22), "LO", "made by a test")
            image.add_new((group, 0x40), "CS", kind)
            image.add_new((group, 0x50), "SS", [1, 1])
            image.add_new((group, 0x100), "US", 1)
            image.add_new((group, 0x102), "US", 0)
            if label is not None:
                image.add_new((group, 0x1500), "LO", label)
            image.add_new((group, 0x3000), "OW", np.packbits(bits, bitorder="little").tobytes())
        path = Path(folder) / f"planes{k + 1}.dcm"
        image.save_as(path)
        paths.append(str(path))
    return {"paths": paths, "rows": image.Rows, "columns": image.Columns}


def without_planes(path: str, folder: str) -> str:
    """Write the same instance under the same name without its planes, as another program may have left it."""
    image = pydicom.dcmread(path)
    for element in list(image):
        if 0x6000 <= element.tag.group <= 0x601E:
            del image[element.tag]
    target = str(Path(folder) / Path(path).name)
    image.save_as(target)
    return target


def value_at(path: str, row: int, column: int) -> dict[str, Any]:
    """Return the real value of a pixel and its place in the patient, as pydicom and the standard have them."""
    image = pydicom.dcmread(path)
    value = float(image.pixel_array[row, column]) * float(image.RescaleSlope) + float(image.RescaleIntercept)
    along, down = np.array(image.ImageOrientationPatient[:3]), np.array(image.ImageOrientationPatient[3:])
    height, width = (float(size) for size in image.PixelSpacing)
    place = np.array(image.ImagePositionPatient, float) + along * column * width + down * row * height
    return {"value": value, "place": [round(float(part), 1) for part in place]}


def above(path: str, low: float, high: float) -> int:
    """Return how many pixels have a real value from low to high, both included."""
    image = pydicom.dcmread(path)
    values = image.pixel_array * float(image.RescaleSlope) + float(image.RescaleIntercept)
    return int(((values >= low) & (values <= high)).sum())


def hostile(folder: str) -> list[str]:
    """Write an image with markup in every text attribute and in its file name, and a file that is no DICOM."""
    warnings.simplefilter("ignore")  # pydicom objects to such values, as it should
    image = pydicom.dcmread(find("CT_small.dcm"))
    for element in image:
        if element.VR in {"LO", "PN", "ST", "LT", "UT"}:
            element.value = MARKUP
        elif element.VR in {"SH", "CS"} and element.keyword not in {
            "SpecificCharacterSet",
            "PhotometricInterpretation",
        }:
            element.value = "<i>x</i>"
    image.SeriesDescription = MARKUP
    image.Modality = "<u>CT</u>"
    path = Path(folder) / "<img src=x onerror=alert(2)>.dcm"
    image.save_as(path)
    other = Path(folder) / "<script>alert(3)<&#47;script>.txt"
    other.write_text("no image")
    return [str(path), str(other)]


def many(folder: str, count: int) -> list[str]:
    """Write ``count`` CT slices of half a megabyte: one real slice with other UIDs and positions."""
    image = pydicom.dcmread(find("693_UNCR.dcm"))
    x, y, z = (float(value) for value in image.ImagePositionPatient)
    paths = []
    for k in range(count):
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[str(k)])
        image.ImagePositionPatient = [x, y, z + 5 * k]
        image.InstanceNumber = k + 1
        path = Path(folder) / f"slice{k + 1:03}.dcm"
        image.save_as(path)
        paths.append(str(path))
    return paths
