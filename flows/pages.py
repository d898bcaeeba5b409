"""The pages that a sweep leaves in the UI: the register today, and the lifecycle as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from prefect import runtime
from prefect.artifacts import acreate_markdown_artifact

from kmop_lifecycle.domain.lifecycle import State
from kmop_lifecycle.domain.render import mermaid
from kmop_lifecycle.service.house import House
from kmop_lifecycle.service.sweep import SweepReport
from kmop_lifecycle.service.verify import VerifyReport

MOST = 100  # rows of a page; the command line shows the rest


async def publish(house: House, report: SweepReport) -> None:
    """Publish `today` and `lifecycle`; each key keeps one page, the newest on top."""
    with house.store(reading=True) as books:
        counts, next_on = books.counts(), books.next_due_on()
    await _show("today", "The register, as the last sweep left it", today(report, counts, next_on))
    await _show("lifecycle", "What may happen to a case", lifecycle())


async def publish_breaches(report: VerifyReport) -> None:
    """Publish `history`: whether register and history agree, and where they do not."""
    await _show("history", "Whether register and history agree", history(report))


async def _show(key: str, description: str, text: str) -> None:
    """Write one page, unless the flow runs as a plain function and there is no UI."""
    if runtime.flow_run.id:
        await acreate_markdown_artifact(text, key=key, description=description)


def today(
    report: SweepReport, counts: Mapping[str, Mapping[str, int]], next_on: date | None
) -> str:
    """Write the page of numbers."""
    states = {state.value: counts.get("state", {}).get(state, 0) for state in State}
    blocks = [
        f"# {report.today}",
        f"Next date on which anything is due: **{next_on or 'none'}**",
        _table("Cases by state", "state", states),
        _table("Moved by this sweep", "step", report.moved),
        _table("Notices written by this sweep", "ladder", report.notices),
        _table("All notices by outcome", "outcome", counts.get("outcome", {})),
    ]
    if report.failed:
        failed = "\n".join(f"- {case}: {reason}" for case, reason in report.failed[:MOST])
        blocks.append(f"## Failed: {len(report.failed)}\n\n{failed}")
    return "\n\n".join(blocks)


def lifecycle() -> str:
    """Write the picture; the UI draws the fenced diagram itself."""
    return f"# The lifecycle of a case\n\n```mermaid\n{mermaid()}\n```"


def history(report: VerifyReport) -> str:
    """Write what the verification found."""
    head = f"# {report.cases} cases, {report.events} events"
    if not report.breaches:
        return f"{head}\n\nRegister and history agree."
    found = "\n".join(f"- {breach}" for breach in report.breaches[:MOST])
    return f"{head}\n\n**{len(report.breaches)} breaches**\n\n{found}"


def _table(title: str, column: str, counts: Mapping[str, int]) -> str:
    """Write one table of counts, or that there is nothing to count."""
    rows = "\n".join(f"| {what} | {count} |" for what, count in counts.items() if count)
    body = f"| {column} | count |\n|---|---:|\n{rows}" if rows else "none"
    return f"## {title}\n\n{body}"
