"""What every suite relies on: the tests run the installed wheel, never the source tree, and Hypothesis has no deadlines.

Its profiles: `default` for each change, `whole` for CI (WHOLE=1), `long` for a night, `quick` for mutants.
"""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

ROOT = Path(__file__).resolve().parent.parent

_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
_BASE = settings(deadline=None, print_blob=True, suppress_health_check=_QUIET)
settings.register_profile("default", _BASE, max_examples=80)
settings.register_profile("whole", _BASE, max_examples=200)
settings.register_profile("long", _BASE, max_examples=20_000)
settings.register_profile("quick", _BASE, max_examples=60, phases=[Phase.explicit, Phase.generate])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("whole" if os.environ.get("WHOLE") else "default"))


def pytest_sessionstart() -> None:
    import dicom_overlay  # noqa: PLC0415 - the session must start before the package is judged

    found = Path(dicom_overlay.__file__).resolve()
    if found.is_relative_to(ROOT / "python"):
        pytest.exit(f"{found} is the source tree; the tests run the wheel (make wheel)", returncode=4)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's top folder."""
    return ROOT
