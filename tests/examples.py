"""How many examples the ordinary tests draw: a third; ``EXAMPLES=all pytest`` draws all."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_SHARE = 1.0 if os.environ.get("EXAMPLES") == "all" else 1 / 3
_FEWEST = 5

# A landing must not depend on the luck of the draw: CI tries the same examples every time, a person new ones.
# A machine that is busy with something else draws slowly; that is no fault of a test.
settings.register_profile(
    "person", deadline=None, max_examples=round(100 * _SHARE), suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", settings.get_profile("person"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "person")


def examples(n: int, *unhealthy: HealthCheck) -> settings:
    """``n`` examples at full length; ``unhealthy``: further checks of health that do not apply."""
    few = max(_FEWEST, round(n * _SHARE))
    return settings(max_examples=few, suppress_health_check=[HealthCheck.too_slow, *unhealthy])
