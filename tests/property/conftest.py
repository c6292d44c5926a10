"""Hypothesis profiles: `default` for each change, `whole` for CI (WHOLE=1), `long` for a night, `quick` for mutants."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

_QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
settings.register_profile("default", max_examples=80, deadline=None, print_blob=True, suppress_health_check=_QUIET)
settings.register_profile("whole", max_examples=200, deadline=None, print_blob=True, suppress_health_check=_QUIET)
settings.register_profile("long", max_examples=20_000, deadline=None, print_blob=True, suppress_health_check=_QUIET)
settings.register_profile(
    "quick", max_examples=60, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=_QUIET
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("whole" if os.environ.get("WHOLE") else "default"))
