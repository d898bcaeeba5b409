"""Write a case's page on demand: the sweep writes only those of cases that changed."""

from __future__ import annotations

from typing import Any

from flows import blocks
from flows.after import shown
from flows.described import clockwork
from flows.drawn import drawn
from flows.forms import ask
from flows.links import case_key
from flows.steps import CASE
from kmop_lifecycle.service.overview import one_case


async def _shown(given: dict[str, Any]) -> str:
    house, number = blocks.house(), str(given.get("case", ""))
    standing = one_case(house, number, house.clock.today())
    await shown(house, number)
    return f"{number} {standing.card.case.state}: see page {case_key(number, 'en')}"


show_case = drawn(
    "show_case",
    "show {case}",
    clockwork(
        "Writes the page on a case: facts, timeline, what may happen now, every date and why, "
        "history, notices.",
        "does not do: press *Custom run* and give the case number. The page is linked under the "
        "run's *Artifacts*.",
    ),
    {"case": (str, ask(0, "Case number", **CASE))},
    _shown,
)
