"""What follows a step taken in the UI: the case's page, its labels, who is awaited next."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from httpx import HTTPError
from prefect import runtime
from prefect.client.orchestration import PrefectClient, get_client
from prefect.exceptions import PrefectException

from flows import events, guides, labels, shelf
from flows.links import LINKS, Addresses, case_key, page
from flows.pages import KEYS, Writing, publish_cases
from kmop_lifecycle import bootstrap
from kmop_lifecycle.domain.errors import LifecycleError
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.overview import Standing, one_case
from kmop_lifecycle.service.queries import open_file

_log = logging.getLogger(__name__)


async def shown(house: House, number: str) -> None:
    """Show where the case stands now. The step is done: nothing here may fail its run."""
    await _safely(_moved, house, number)


async def refused(house: House, number: str) -> None:
    """Lead on from a run that was refused, if it is about a case at all."""
    with suppress(LifecycleError):
        await _safely(_stays, house, number)


async def _safely(
    show: Callable[[PrefectClient, House, Standing], Awaitable[None]], house: House, number: str
) -> None:
    if not runtime.flow_run.id:
        return  # the flow runs as a plain function: there is no UI
    standing = one_case(house, number, house.clock.today())
    try:
        async with get_client() as client:
            await labels.label(client, standing.card.case)
            await show(client, house, standing)
    except (HTTPError, PrefectException) as trouble:
        _log.warning("case %s is not shown yet: %s", number, type(trouble).__name__)


async def _moved(client: PrefectClient, house: House, standing: Standing) -> None:
    case = standing.card.case
    with house.store(reading=True) as uow:
        latest = uow.history(case.number)[-1].event
    events.tell_steps([(case, latest)])
    await guides.follow(client, standing, bootstrap.guided())
    writing = await Writing.open(client, house.clock.now(), KEYS)
    await publish_cases(writing, house, [case.number])
    await shelf.note(client, _note(writing, standing))


async def _stays(client: PrefectClient, house: House, standing: Standing) -> None:
    keys = [*KEYS, case_key(standing.number, "en")]
    writing = await Writing.open(client, house.clock.now(), keys)
    await shelf.note(client, _note(writing, standing))


def _note(writing: Writing, standing: Standing) -> str:
    """Write where to go from here."""
    where = Addresses("en", writing.forms, writing.shelf)
    number, step = standing.number, standing.step
    lines = [f"**[Case {number}]({where.case(number)})**: {standing.card.case.state}"]
    if step and (form := where.form(step, number)):
        lines.append(f"Next: [{step}]({form})")
    return "\n\n".join([*lines, LINKS])


def facts(house: House, number: str) -> str:
    """Return what whoever is awaited has to know."""
    said = bootstrap.pages("en", Addresses("en")).facts(open_file(house, number))
    return f"### {number}\n\n{said}\n\n[Boards]({page('today-en')})"
