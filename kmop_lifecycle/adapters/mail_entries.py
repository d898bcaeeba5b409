"""What a mail puts into its reader's calendar, and what it takes out of it again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from kmop_lifecycle.adapters.calendar_files import Entry
from kmop_lifecycle.adapters.dates_gone import Gone
from kmop_lifecycle.adapters.notice_plan import Kept
from kmop_lifecycle.adapters.sentences import date_name
from kmop_lifecycle.domain.case import Case


def kept_entry(case: Case, kept: Kept | None, title: str, text: str, today: date) -> list[Entry]:
    """Return the entry of the date to keep, while it is still to come."""
    if kept is None or kept.on < today:
        return []
    return [Entry(f"{case.number}-{_name(case, kept)}", kept.on, title, text, case.version)]


def _name(case: Case, kept: Kept) -> str:
    """Return the date's own name, not the ladder's: a step and a reminder move one entry.

    Measures may have several due dates; the last one has the name, the others have their own.
    """
    if kept.name == "measures_due" and kept.on != case.audit.measures_due:
        return f"{kept.name}-{kept.on}"
    return kept.name


def gone_entries(
    case: Case, gone: Iterable[Gone], happened: str, language: str, today: date
) -> Iterator[Entry]:
    """Yield an entry for each date that a step has ended; its number makes it the last word.

    A reader who never had the date is not troubled: there is nothing to take out.
    """
    for each in gone:
        name = each.name.removesuffix("-1d")
        yield Entry(
            uid=f"{case.number}-{each.name}",
            on=each.on,
            title=f"{date_name(name, language)} · {case.number}",
            text=happened,
            sequence=case.version,
            cancelled=True,
            stamp=today,
        )
