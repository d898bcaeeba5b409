"""Where the office's story plays: `kmop up`, or with KMOP_TEST_CLUSTER=1 a running cluster."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.office import Office, open_office, open_on
from tests.chaos.stage import ON_CLUSTER


@pytest.fixture(scope="module")
def office(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Office]:
    """An office whose register is empty at first."""
    if ON_CLUSTER:
        with open_on(request.getfixturevalue("running_cluster")) as office:
            yield office
        return
    with open_office(tmp_path_factory.mktemp("office"), {}) as office:
        yield office
