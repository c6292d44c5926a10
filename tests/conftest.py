"""What every suite relies on: the tests run the installed wheel, never the source tree."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_sessionstart() -> None:
    import dicom_overlay  # noqa: PLC0415 - the session must start before the package is judged

    found = Path(dicom_overlay.__file__).resolve()
    if found.is_relative_to(ROOT / "python"):
        pytest.exit(f"{found} is the source tree; the tests run the wheel (make wheel)", returncode=4)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's top folder."""
    return ROOT
