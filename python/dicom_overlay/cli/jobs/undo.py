"""Take back what a journal says was done: every file byte for byte, or not at all.

A file is given back only where it still is what the command wrote, and only where the way back leads to the checksum
of the first bytes; results that were written elsewhere are removed under the same rule.
"""

import os
from dataclasses import dataclass

from dicom_overlay.errors import FileAccessError, FileChangedError
from dicom_overlay.storage import file_errors, open_edit

from .edit import guarded, is_result, is_source
from .job import Outcome
from .journal import Begun

__all__ = ["Undo"]


@dataclass(frozen=True, slots=True)
class Undo:
    """Give one file back; ``dry`` only looks."""

    dry: bool = False

    def __call__(self, job: Begun) -> Outcome:
        """Give the file back, or say that it is as it was, or that it changed since."""
        return guarded(job.source, lambda: self._undo(job), is_named=True)

    def _undo(self, job: Begun) -> Outcome:
        written = job.target or job.source
        with file_errors("found"):
            status = os.stat(written) if os.path.exists(written) else None
        if status is None and job.target is not None:
            return Outcome(source=job.source, kind="unchanged", target=job.target)
        if (
            status is not None
            and job.target is None
            and (status.st_size, status.st_mtime_ns) == (job.size, job.mtime_ns)
        ):
            return Outcome(source=job.source, kind="unchanged")
        if status is not None and job.target is None and is_source(written, job.size, job.crc32):
            # Begun and never written, or begun twice and given back already.
            return Outcome(source=job.source, kind="unchanged")
        if status is None or not is_result(written, job.inverse, job.crc32):
            msg = "the file is not what the command wrote; it was left as it is"
            raise FileChangedError(msg)
        if not self.dry:
            self._give_back(job)
        return Outcome(
            source=job.source, kind="planned" if self.dry else "undone", target=job.target, groups=job.groups
        )

    @staticmethod
    def _give_back(job: Begun) -> None:
        if job.target is not None:
            try:
                os.unlink(job.target)
            except OSError as error:
                msg = "the result cannot be removed"
                raise FileAccessError(msg, reason=error.strerror or "unknown") from None
            return
        with open_edit(job.source, None) as editing:
            editing.finish(job.inverse)
        with file_errors("written"):
            os.utime(job.source, ns=(job.mtime_ns, job.mtime_ns))
