"""A folder of masks: a volume for each label, or pictures that are named after the images' files.

A picture has the name of the image's file, with or without its suffix: ``IM1.dcm.png`` or ``IM1.png``. After a hyphen comes
the label, and then the frame as five digits: ``IM1.dcm-Liver.png``, ``IM1.dcm-Liver-00002.png``. ``extract`` uses the same
names, and codes characters of a label that file names cannot have (`titles`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from dicom_overlay.errors import InvalidMaskError
from dicom_overlay.notices import make_notice
from dicom_overlay.replacing import file_errors
from dicom_overlay.series.order import InstanceFacts

from .pictures import PICTURE_SUFFIXES, Picture, is_picture, read_picture
from .titles import label_of_title
from .values import Array, values_of
from .volume import Block, Label, LabelVolume
from .volumes import is_volume, read_folder

_FRAME: Final = re.compile(r"(?:(.*)-)?(\d{5})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class PictureFolder:
    """A folder of pictures, which becomes a mask once the images' names are known; see `for_images`.

    Attributes
    ----------
    folder : the folder.
    paths : the pictures in it and in its subfolders, sorted.
    """

    folder: Path
    paths: tuple[Path, ...]
    threshold: float | None = None
    limit: int = field(default=0, repr=False)

    def for_images(self, names: Sequence[str], instances: Sequence[InstanceFacts]) -> LabelVolume:
        """Read the pictures for some images.

        Parameters
        ----------
        names : the images' paths.
        """
        found = _match(self.folder, self.paths, names)
        if not found and all(path.suffix.lower() == ".npy" for path in self.paths):
            return self._stacks()
        if not found:
            msg = "no picture in the folder of masks has the name of an image"
            raise InvalidMaskError(msg, expected="png, npy", found=len(self.paths))
        pictures: dict[tuple[str, int], dict[int | None, Picture]] = {}
        for (index, label, frame), path in found.items():
            picture = read_picture(path, self.threshold, self.limit)
            if path.suffix.lower() == ".png" and not picture.is_grey:
                picture = Picture(picture.labels != 0)
            pictures.setdefault((label, index), {})[frame] = picture
        titles = sorted({label for label, _ in pictures})
        blocks, values = [], dict[str, set[int]]()
        for (label, index), frames in pictures.items():
            stack = _stack(frames, instances[index], index)
            values.setdefault(label, set()).update(values_of(stack))
            size = (stack.shape[2], stack.shape[1], stack.shape[0])
            layer = titles.index(label)
            blocks.append(Block(load=lambda a=stack: a, size=size, layer=layer, image=names[index]))  # type: ignore[misc]
        unused = len(self.paths) - len(found)
        is_grey = any(picture.is_grey for frames in pictures.values() for picture in frames.values())
        return LabelVolume(
            labels=tuple(label for n, title in enumerate(titles) for label in _labels(title, values[title], n)),
            blocks=tuple(blocks),
            is_picture=True,
            is_grey=is_grey,
            notices=(make_notice("masks-unused", found=unused),) if unused else (),
        )

    def _stacks(self) -> LabelVolume:
        """Read arrays of a whole series, one file per label and named after it (as `extract` writes overlapping labels)."""
        blocks, labels = [], []
        for layer, path in enumerate(self.paths):
            stack = np.ascontiguousarray(read_picture(path, self.threshold, self.limit).labels)
            found = values_of(stack)
            if stack.ndim != 3 or len(found) > 1:
                msg = "a folder of arrays must have an array for each image, named after it, or a three-dimensional array for each label"
                raise InvalidMaskError(msg, field="mask", index=layer, expected=1, found=len(found))
            size = (stack.shape[2], stack.shape[1], stack.shape[0])
            blocks.append(Block(load=lambda a=stack: a, size=size, layer=layer))  # type: ignore[misc]
            labels.append(Label(name=label_of_title(path.stem), values=found, layer=layer))
        return LabelVolume(labels=tuple(labels), blocks=tuple(blocks))


def open_folder(path: Path, threshold: float | None, limit: int) -> LabelVolume | PictureFolder:
    """Open a folder of masks."""
    with file_errors("read", str(path)):
        entries = sorted(entry for entry in path.rglob("*") if not entry.name.startswith("."))
    volumes = [entry for entry in entries if is_volume(entry) and entry.parent == path]
    pictures = [entry for entry in entries if is_picture(entry)]
    if volumes and pictures:
        msg = "the folder of masks has volumes and pictures; use a folder with only one of them"
        raise InvalidMaskError(msg, expected=len(volumes), found=len(pictures))
    if volumes:
        return read_folder(volumes, threshold, limit)
    if not pictures:
        msg = "the folder of masks has no mask; if it is the series, give it first"
        raise InvalidMaskError(msg, field="mask", expected="png, npy, nii.gz, nrrd, mha", found=len(entries))
    return PictureFolder(path, tuple(pictures), threshold, limit)


def _match(folder: Path, paths: Sequence[Path], names: Sequence[str]) -> dict[tuple[int, str, int | None], Path]:
    """Return the picture of each image, label and frame; the longest image name that fits wins."""
    whole: dict[str, list[int]] = {}
    stems: dict[str, list[int]] = {}
    for index, name in enumerate(map(Path, names)):
        whole.setdefault(name.name, []).append(index)
        # A number after the last dot belongs to a UID; it is not a suffix.
        if name.suffix[1:].isalpha():
            stems.setdefault(name.stem, []).append(index)
    found: dict[tuple[int, str, int | None], Path] = {}
    for path in paths:
        title = path.name[: -len(next(s for s in PICTURE_SUFFIXES if path.name.lower().endswith(s)))]
        match = _image_of(title, stems | whole)
        if match is None:
            continue
        # A picture in a subfolder is for an image in a folder of the same name.
        below = path.parent.relative_to(folder).parts
        indices = [n for n in match[0] if not below or Path(names[n]).parent.parts[-len(below) :] == below]
        if not indices:
            continue
        frame = _FRAME.fullmatch(match[1])
        label, number = (frame[1] or "", int(frame[2])) if frame else (match[1], None)
        key = (indices[0], label_of_title(label), number)
        if len(indices) > 1 or key in found:
            msg = "a picture could be for several images, or an image has several pictures; name each picture after its image's file"
            raise InvalidMaskError(msg, found=max(len(indices), 2), expected=1)
        found[key] = path
    return found


def _image_of(title: str, names: dict[str, list[int]]) -> tuple[list[int], str] | None:
    """Return the images with whose name a picture's title begins, and what follows after a hyphen."""
    if title in names:
        return names[title], ""
    end = len(title)
    while (end := title.rfind("-", 0, end)) > 0:
        if title[:end] in names:
            return names[title[:end]], title[end + 1 :]
    return None


def _stack(frames: dict[int | None, Picture], facts: InstanceFacts, index: int) -> Array:
    """Return an image's pictures, shape (frames, rows, columns) or (1, rows, columns)."""
    size = [facts.rows or 0, facts.columns or 0]
    for picture in frames.values():
        if list(picture.labels.shape[-2:]) != size:
            msg = "a picture and its image differ in rows or columns"
            found = list(picture.labels.shape[-2:])
            raise InvalidMaskError(msg, field="size", index=index, expected=size, found=found)
    if None in frames:
        if len(frames) > 1:
            msg = "an image has both a picture for all its frames and pictures for single frames"
            raise InvalidMaskError(msg, index=index, expected=1, found=len(frames))
        labels = frames[None].labels
        return np.ascontiguousarray(labels.reshape(-1, *size))
    stack = np.zeros((facts.number_of_frames, *size), next(iter(frames.values())).labels.dtype)
    for number, picture in frames.items():
        if number is None or not 0 < number <= len(stack) or picture.labels.ndim != 2:
            msg = "a picture's name has a frame number that the image does not have"
            raise InvalidMaskError(msg, field="frames", index=index, expected=len(stack), found=number or 0)
        stack[number - 1] = picture.labels
    return stack


def _labels(title: str, values: set[int], layer: int) -> list[Label]:
    """Return the labels of pictures with the same title: one label of that name, or one for each value."""
    name = title or None
    if len(values) <= 1:
        value = next(iter(values), None)
        return [Label(name=name, value=value, values=() if value is None else (value,), layer=layer)]
    return [Label(name=name, value=value, values=(value,), layer=layer) for value in sorted(values)]
