"""Where the scenarios play: in memory, or with KMOP_TEST_CLUSTER=1 on a running cluster."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kmop_lifecycle.adapters.clock import SimulatedClock
from kmop_lifecycle.bootstrap import rehearsal, rules
from kmop_lifecycle.domain.rulebook import RuleBook
from kmop_lifecycle.service.house import House
from tests.chaos.cluster import Cluster
from tests.chaos.stage import ON_CLUSTER, by_hand, rehearsing

_ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def book() -> RuleBook:
    return rules(_ROOT / "config" / "rulebook")


@pytest.fixture(scope="package")
def quiet_cluster(running_cluster: Cluster) -> Iterator[Cluster]:
    with by_hand(running_cluster):
        yield running_cluster


@pytest.fixture
def stage(
    book: RuleBook, request: pytest.FixtureRequest
) -> Iterator[tuple[House, SimulatedClock]]:
    """An empty house whose clock can be set."""
    if not ON_CLUSTER:
        yield rehearsal(book)
        return
    with rehearsing(request.getfixturevalue("quiet_cluster"), book) as lent:
        yield lent
