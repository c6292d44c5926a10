"""Non-fatal findings: values in a result, never warnings or prints."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from .errors import Detail, DetailValue, StrictNoticeError

__all__ = ["Notice", "NoticeRecord", "make_notice", "require_no_notices"]

NoticeRecord = dict[str, str | Detail]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the caller may want to tell its user.

    Attributes
    ----------
    code : stable, kebab-case.
    message : one sentence without any attribute value.
    detail : flat, JSON-able evidence.
    """

    code: str
    message: str
    detail: Detail = field(default_factory=dict, compare=False, hash=False)

    def as_record(self) -> NoticeRecord:
        """Return the notice as plain data for JSON or a structured clone."""
        return {"code": self.code, "message": self.message, "detail": dict(self.detail)}


def make_notice(code: str, message: str, **detail: DetailValue) -> Notice:
    """Return a notice with its evidence given as keywords."""
    return Notice(code, message, detail)


def require_no_notices(notices: Iterable[Notice]) -> None:
    """Raise for the first notice; what ``strict=True`` means.

    Raises
    ------
    StrictNoticeError : with the notice's code as ``detail["notice"]``.
    """
    for notice in notices:
        raise StrictNoticeError(notice.message, **(notice.detail | {"notice": notice.code}))
