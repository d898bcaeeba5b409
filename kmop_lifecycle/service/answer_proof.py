"""Whether what commands were answered is what the histories say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kmop_lifecycle.service.evidence import KeptAnswer
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.invariants import Breach, Invariant

_PAGE = 200


def untrue_answers(house: House) -> Iterator[Breach]:
    """Compare what commands were answered with the histories, a page at a time."""
    after = ""
    while True:
        with house.store(reading=True) as uow:
            page = uow.answers(after, _PAGE)
            versions = uow.versions({str(kept.body.get("case", "")) for kept in page})
        yield from _untrue(page, versions)
        if len(page) < _PAGE:
            return
        after = page[-1].key


def _untrue(page: Sequence[KeptAnswer], versions: Mapping[str, int]) -> Iterator[Breach]:
    for kept in page:
        number, row = str(kept.body.get("case", "")), f"command {kept.key[:60]}"
        if number not in versions:
            yield Breach(Invariant.ANSWER, number, row, "was answered about a case that is not")
        elif kept.body.get("version") not in range(1, versions[number] + 1):
            yield Breach(Invariant.ANSWER, number, row, "was answered with a step that is not")
