"""A folder of masks: a volume for each label, or a picture for each image, by the image's file name.

A picture is called as the image's file is, with or without its ending: ``IM1.dcm.png`` or ``IM1.png``. What follows a
hyphen names the label, and five digits at the end the frame: ``IM1.dcm-Liver.png``, ``IM1.dcm-Liver-00002.png``, as
``extract`` writes them.
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
from .values import Array, values_of
from .volume import Block, Label, LabelVolume
from .volumes import is_volume, read_folder

_FRAME: Final = re.compile(r"(?:(.*)-)?(\d{5})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class PictureFolder:
    """A folder of pictures, which only the images' names make a mask of; see `for_images`.

    Attributes
    ----------
    folder : the folder.
    paths : the pictures in it and in folders below it, sorted.
    """

    folder: Path
    paths: tuple[Path, ...]
    threshold: float | None = None
    limit: int = field(default=0, repr=False)

    def for_images(self, names: Sequence[str], instances: Sequence[InstanceFacts]) -> LabelVolume:
        """Read the pictures of some images.

        Parameters
        ----------
        names : the images' paths.
        """
        found = _match(self.folder, self.paths, names)
        if not found and all(path.suffix.lower() == ".npy" for path in self.paths):
            return self._stacks()
        if not found:
            msg = "the folder of masks has no picture with the name of an image"
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
        """Read arrays of a whole series, one label a file, called as its file is (as `extract` writes overlapping labels)."""
        blocks, labels = [], []
        for layer, path in enumerate(self.paths):
            stack = np.ascontiguousarray(read_picture(path, self.threshold, self.limit).labels)
            found = values_of(stack)
            if stack.ndim != 3 or len(found) > 1:
                msg = (
                    "a folder of arrays has one for each image, by its name, or one of three dimensions for each label"
                )
                raise InvalidMaskError(msg, field="mask", index=layer, expected=1, found=len(found))
            size = (stack.shape[2], stack.shape[1], stack.shape[0])
            blocks.append(Block(load=lambda a=stack: a, size=size, layer=layer))  # type: ignore[misc]
            labels.append(Label(name=path.stem, values=found, layer=layer))
        return LabelVolume(labels=tuple(labels), blocks=tuple(blocks))


def open_folder(path: Path, threshold: float | None, limit: int) -> LabelVolume | PictureFolder:
    """Open a folder of masks."""
    with file_errors("read", str(path)):
        entries = sorted(entry for entry in path.rglob("*") if not entry.name.startswith("."))
    volumes = [entry for entry in entries if is_volume(entry) and entry.parent == path]
    pictures = [entry for entry in entries if is_picture(entry)]
    if volumes and pictures:
        msg = "the folder of masks has volumes and pictures; put only one kind into it"
        raise InvalidMaskError(msg, expected=len(volumes), found=len(pictures))
    if volumes:
        return read_folder(volumes, threshold, limit)
    if not pictures:
        msg = "the folder of masks has no mask; if it is the series, it must come first"
        raise InvalidMaskError(msg, field="mask", expected="png, npy, nii.gz, nrrd, mha", found=len(entries))
    return PictureFolder(path, tuple(pictures), threshold, limit)


def _match(folder: Path, paths: Sequence[Path], names: Sequence[str]) -> dict[tuple[int, str, int | None], Path]:
    """Return the picture of each image, label and frame; the longest name that fits is the image's."""
    whole: dict[str, list[int]] = {}
    stems: dict[str, list[int]] = {}
    for index, name in enumerate(map(Path, names)):
        whole.setdefault(name.name, []).append(index)
        # What follows the last dot of a UID is a number of it, not an ending.
        if name.suffix[1:].isalpha():
            stems.setdefault(name.stem, []).append(index)
    found: dict[tuple[int, str, int | None], Path] = {}
    for path in paths:
        title = path.name[: -len(next(s for s in PICTURE_SUFFIXES if path.name.lower().endswith(s)))]
        match = _image_of(title, stems | whole)
        if match is None:
            continue
        # A picture in a folder below is of an image in a folder of that name.
        below = path.parent.relative_to(folder).parts
        indices = [n for n in match[0] if not below or Path(names[n]).parent.parts[-len(below) :] == below]
        if not indices:
            continue
        frame = _FRAME.fullmatch(match[1])
        label, number = (frame[1] or "", int(frame[2])) if frame else (match[1], None)
        key = (indices[0], label, number)
        if len(indices) > 1 or key in found:
            msg = (
                "a picture could be of several images, or an image has several pictures; name each as its image's file"
            )
            raise InvalidMaskError(msg, found=max(len(indices), 2), expected=1)
        found[key] = path
    return found


def _image_of(title: str, names: dict[str, list[int]]) -> tuple[list[int], str] | None:
    """Return the images whose name a picture's title begins with, and what follows behind a hyphen."""
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
            msg = "the mask and its image differ in rows or columns"
            found = list(picture.labels.shape[-2:])
            raise InvalidMaskError(msg, field="size", index=index, expected=size, found=found)
    if None in frames:
        if len(frames) > 1:
            msg = "an image has a picture for all its frames and others for single ones"
            raise InvalidMaskError(msg, index=index, expected=1, found=len(frames))
        labels = frames[None].labels
        return np.ascontiguousarray(labels.reshape(-1, *size))
    stack = np.zeros((facts.number_of_frames, *size), next(iter(frames.values())).labels.dtype)
    for number, picture in frames.items():
        if number is None or not 0 < number <= len(stack) or picture.labels.ndim != 2:
            msg = "a picture's name has the number of a frame that the image does not have"
            raise InvalidMaskError(msg, field="frames", index=index, expected=len(stack), found=number or 0)
        stack[number - 1] = picture.labels
    return stack


def _labels(title: str, values: set[int], layer: int) -> list[Label]:
    """Return the labels of pictures of one title: its name, or the values where they are several."""
    name = title or None
    if len(values) <= 1:
        value = next(iter(values), None)
        return [Label(name=name, value=value, values=() if value is None else (value,), layer=layer)]
    return [Label(name=name, value=value, values=(value,), layer=layer) for value in sorted(values)]
