"""Over random worlds no invariant breaks, and the oracle of the specification agrees."""

from __future__ import annotations

import os

from hypothesis import settings

from tests.worlds import World

_MANY = {"ci": 200, "dev": 40}
TestWorlds = World.TestCase
TestWorlds.settings = settings(
    max_examples=_MANY.get(os.environ.get("HYPOTHESIS_PROFILE", "dev"), 40),
    stateful_step_count=30,
    deadline=None,
)
