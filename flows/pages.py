"""The pages that runs leave in the UI: the boards, the page on each case, what a sweep did."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from prefect import runtime
from prefect.client.orchestration import PrefectClient, get_client

from flows import shelf
from flows.links import BOARDS, LANGUAGES, LINKS, Addresses, case_key
from flows.shelf import Page
from kmop_lifecycle import bootstrap
from kmop_lifecycle.domain.lifecycle import State
from kmop_lifecycle.domain.render import mermaid
from kmop_lifecycle.service.boards import Boards
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.queries import open_file
from kmop_lifecycle.service.sweep import SweepReport
from kmop_lifecycle.service.verify import VerifyReport

MOST = 100  # rows of a list; the command line shows the rest
KEYS = [f"{board}-{language}" for board in BOARDS for language in LANGUAGES]


@dataclass(frozen=True, slots=True)
class Writing:
    """What is needed to write pages: Prefect, its addresses, and the moment they tell of."""

    client: PrefectClient
    forms: Mapping[str, UUID]
    shelf: dict[str, UUID]
    moment: datetime
    since: datetime | None  # up to when the pages told everything; None: there were none

    @classmethod
    async def open(cls, client: PrefectClient, moment: datetime, keys: Collection[str]) -> Writing:
        """Look up where everything is."""
        found = await shelf.known(client, keys)
        deployments = await client.read_deployments(limit=200)
        return cls(
            client,
            {deployment.name: deployment.id for deployment in deployments},
            {key: page.latest_id for key, page in found.items()},
            moment,
            shelf.as_of(found.get(KEYS[0])),
        )

    async def put(self, *pages: Page) -> None:
        """Write pages over those of the same key."""
        await shelf.put(self.client, pages, self.shelf, self.moment)


async def publish(writing: Writing, boards: Boards) -> None:
    """Publish every board in every language, and the picture of the lifecycle."""
    # Twice the first time: only what is on the shelf has its lasting address to link to.
    for _ in range(1 if set(KEYS) <= set(writing.shelf) else 2):
        await writing.put(*_boards(writing, boards))
    await writing.put(Page("lifecycle", "What may happen to a case", lifecycle()))


def _boards(writing: Writing, boards: Boards) -> Iterator[Page]:
    for language in LANGUAGES:
        where = Addresses(language, writing.forms, writing.shelf)
        for name, title, text in bootstrap.pages(language, where).boards(boards):
            yield Page(f"{name}-{language}", title, text)


async def publish_cases(writing: Writing, house: House, numbers: Collection[str]) -> None:
    """Publish the pages of these cases in every language."""
    if not numbers:
        return
    keys = [case_key(number, language) for number in numbers for language in LANGUAGES]
    for key, page in (await shelf.known(writing.client, keys)).items():
        writing.shelf[key] = page.latest_id
    for number in numbers:
        file = open_file(house, number)
        for language in LANGUAGES:
            where = Addresses(language, writing.forms, writing.shelf)
            title, text = bootstrap.pages(language, where).case(file)
            await writing.put(Page(case_key(number, language), title, text))


async def publish_breaches(report: VerifyReport, moment: datetime) -> None:
    """Publish `history`: whether register and history agree, and where they do not."""
    if not runtime.flow_run.id:
        return  # the flow runs as a plain function: there is no UI
    async with get_client() as client:
        writing = await Writing.open(client, moment, ["history"])
        await writing.put(Page("history", "Whether register and history agree", history(report)))
        await shelf.note(client, LINKS)


def swept(report: SweepReport) -> str:
    """Write what a sweep did."""
    blocks = [
        f"# {report.today}",
        LINKS,
        _table("Moved by this sweep", "step", report.moved),
        _table("Notices written by this sweep", "ladder", report.notices),
    ]
    if report.failed:
        failed = "\n".join(f"- {case}: {reason}" for case, reason in report.failed[:MOST])
        blocks.append(f"## Failed: {len(report.failed)}\n\n{failed}")
    return "\n\n".join(blocks)


def lifecycle(state: State | None = None) -> str:
    """Write the picture; the UI draws the fenced diagram itself."""
    return f"# The lifecycle of a case\n\n{LINKS}\n\n```mermaid\n{mermaid(state)}\n```"


def history(report: VerifyReport) -> str:
    """Write what the verification found."""
    head = f"# {report.cases} cases, {report.events} events"
    if not report.breaches:
        return f"{head}\n\nRegister and history agree."
    found = "\n".join(f"- {breach}" for breach in report.breaches[:MOST])
    return f"{head}\n\n**{report.total} breaches**\n\n{found}"


def _table(title: str, column: str, counts: Mapping[str, int]) -> str:
    """Write one table of counts, or that there is nothing to count."""
    rows = "\n".join(f"| {what} | {count} |" for what, count in counts.items() if count)
    body = f"| {column} | count |\n|---|---:|\n{rows}" if rows else "none"
    return f"## {title}\n\n{body}"
