"""Where results go: beside the input, to an output, or in place.

A result never replaces another result or, unless the user asks for it, an input or an existing file.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

from dicom_overlay.errors import FileAccessError, InvalidRequestError
from dicom_overlay.replacing import file_errors

from .edit import identify
from .job import IfThere, Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Where the results of a command go.

    Attributes
    ----------
    root : the file or folder that the command was given.
    output : the file or folder for the results; a new folder ends in a separator. None means NAME-overlay beside the input.
    in_place : the files themselves are replaced.
    if_there : what happens if a result already exists.
    """

    root: Path
    output: str | None = None
    in_place: bool = False
    if_there: IfThere = "refuse"
    is_folder: bool = field(init=False)
    folder: str = field(init=False)

    def __post_init__(self) -> None:
        """Refuse options that contradict each other; look at the disk once instead of for every file."""
        if self.in_place and (self.output is not None or self.if_there == "skip"):
            other = "--output" if self.output is not None else "--skip-existing, which is for results in other files"
            msg = f"--in-place cannot be combined with {other}"
            raise InvalidRequestError(msg, field="in_place")
        with file_errors("found", str(self.root)):
            beside = self.root.resolve().with_name(self.root.resolve().name + "-overlay")
            object.__setattr__(self, "is_folder", os.path.isdir(self.root))
            object.__setattr__(self, "folder", self.output or str(beside))
            if self.is_folder and not self.in_place:
                require_outside(self.root, Path(self.folder))

    def job(self, source: str) -> Job:
        """Return the job for a file."""
        target = self._target(source)
        return Job(
            source=source,
            target=target,
            if_there=self.if_there,
            is_named=not self.is_folder,
            before=identify(source) if target is None else identify(target, is_link_followed=False),
        )

    def _target(self, source: str) -> str | None:
        if self.in_place:
            return None
        if self.is_folder:
            return os.path.join(self.folder, os.path.relpath(source, self.root))
        if self.output is not None and not (self.output.endswith(os.sep) or os.path.isdir(self.output)):
            return self.output
        return os.path.join(self.output or os.path.dirname(source), _name_beside(os.path.basename(source)))


def require_outside(root: Path, output: Path) -> None:
    """Refuse an output folder that is the input folder or is inside it, because results would be taken for inputs."""
    if os.path.lexists(output) and not os.path.isdir(output):
        msg = "the results of a folder go into a folder, but the output is a file"
        raise FileAccessError(msg, path=str(output), reason="ENOTDIR")
    inside, outside = root.resolve(), output.resolve()
    if outside.is_relative_to(inside):
        msg = "the output folder lies in the input folder, where its results would be taken for inputs; choose another one"
        raise InvalidRequestError(msg, field="output")
    if inside.is_relative_to(outside) and (inside / inside.relative_to(outside)).exists():
        msg = "results would lie among the inputs; choose an output folder that does not hold the input folder"
        raise InvalidRequestError(msg, field="output")


def _name_beside(name: str) -> str:
    """Return a result's name beside its input; the last number of a UID is not a suffix, and stays."""
    stem, suffix = os.path.splitext(name)
    if suffix[1:].isalpha():
        return f"{stem}-overlay{suffix}"
    return f"{name}-overlay.dcm"
