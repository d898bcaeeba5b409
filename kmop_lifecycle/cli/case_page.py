"""What the pages on a case say, as lines for people and as JSON values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from kmop_lifecycle.adapters.sentences import explain
from kmop_lifecycle.adapters.words import label
from kmop_lifecycle.domain.case import Case
from kmop_lifecycle.domain.derive import Derived
from kmop_lifecycle.domain.facts import plain
from kmop_lifecycle.domain.lifecycle import PREPARING
from kmop_lifecycle.domain.pricing import Quote, euros
from kmop_lifecycle.domain.turn import papers_missing
from kmop_lifecycle.service.ports import CaseLine, Registered
from kmop_lifecycle.service.queries import Card, File

COLUMNS = ("case", "provider", "kind", "state", "bureau", "applied", "valid until", "next", "what")
Fields = list[tuple[str, object]]


def line_cells(line: CaseLine) -> tuple[object, ...]:
    """Return one line of the list."""
    who = line.name or line.enterprise
    return (
        line.number, who, line.kind, line.state, line.bureau, line.applied_on, line.valid_until,
        line.next_on, line.next_kind,
    )  # fmt: skip


def line_as_json(line: CaseLine) -> dict[str, Any]:
    """Return one line of the list as JSON values."""
    values: dict[str, Any] = plain(line)
    return values


def why(derived: Derived, language: str) -> str:
    """Say where a date comes from."""
    return explain(derived, language)


def date_as_json(derived: Derived, language: str) -> dict[str, Any]:
    """Return a date with its derivation, as data and as a sentence."""
    values: dict[str, Any] = plain(derived)
    return values | {"why": why(derived, language)}


def event_cells(row: Registered, language: str) -> tuple[object, ...]:
    """Return one line of the history."""
    event = row.event
    what = label("trigger", event.trigger, language)
    return (
        event.seq, event.on, event.trigger, event.source, event.to, event.by,
        " ".join(event.warnings), what,
    )  # fmt: skip


def event_as_json(row: Registered, language: str) -> dict[str, Any]:
    """Return one history row as JSON values."""
    event = row.event
    return {
        "seq": event.seq,
        "on": event.on.isoformat(),
        "trigger": str(event.trigger),
        "from": str(event.source) if event.source else None,
        "to": str(event.to),
        "by": str(event.by),
        "facts": plain(event.facts),
        "warnings": list(event.warnings),
        "rules": event.rules,
        "recorded_at": row.recorded_at.isoformat(),
        "what": label("trigger", event.trigger, language),
    }


def fields(file: File, language: str) -> Fields:
    """Return the page on a case, line by line."""
    at, case = file.card, file.card.case
    return [
        ("case", f"{case.number} (version {case.version}, as of {at.today})"),
        ("provider", f"{file.name or '(erased)'}, {case.enterprise}"),
        ("kind", label("kind", case.kind, language)),
        *(("services", f"{s}: {', '.join(themes)}") for s, themes in case.services.items()),
        ("bureau", case.bureau),
        ("state", f"{case.state} ({label('state', case.state, language)})"),
        ("turn", label("role", at.turn, language) if at.turn else "nobody: it has ended"),
        *_next(at, language),
        *(("overdue", clock) for clock in at.overdue),
        *(("missing", label("paper", paper, language)) for paper in _papers(case)),
        *_validity(case, at.today),
        *(("quote", _quote(quote)) for quote in at.quotes if not case.adopted),
        ("notices", _notices(file)),
    ]


def _papers(case: Case) -> tuple[str, ...]:
    return papers_missing(case) if case.state in PREPARING else ()


def _next(at: Card, language: str) -> Iterator[tuple[str, object]]:
    if at.next is not None and at.turn is not None:
        yield "next", f"{at.next.on}: {at.next.name}"
        yield "because", why(at.next, language)


def _validity(case: Case, today: date) -> Iterator[tuple[str, object]]:
    held = case.registration
    if held is None:
        return
    now = "registered" if case.registered(today) else "not registered"
    yield "validity", f"{held.valid_from} to {held.valid_until}, {now} on {today}"
    for service, number in held.numbers.items():
        yield "number", f"{service}: {number}"


def _quote(quote: Quote) -> str:
    """Write a quote in one line: hours in both parts, rate with its date, VAT, total."""
    return (
        f"{quote.kind} audit: {quote.hours} h ({_hours(quote.onsite_hours)} on site, "
        f"{_hours(quote.office_hours)} at the bureau) at {_money(quote.rate_cents)} "
        f"(rate of {quote.rate_from}): {_money(quote.excl_cents)} + VAT {quote.vat_percent} % "
        f"{_money(quote.vat_cents)} = {_money(quote.incl_cents)}; nothing else is charged"
    )


def _money(cents: int) -> str:
    return f"{cents // 100:,}.{cents % 100:02d} €"


def _hours(hours: object) -> str:
    return f"{float(str(hours)):g}"


def _notices(file: File) -> str:
    counts = Counter(row.status for row in file.notices)
    return ", ".join(f"{n} {status}" for status, n in sorted(counts.items())) or "none"


def as_json(file: File, language: str) -> dict[str, Any]:
    """Return the page on a case as JSON values."""
    at, case = file.card, file.card.case
    return {
        "case": case.number,
        "version": case.version,
        "on": at.today.isoformat(),
        "provider": {"name": file.name, "enterprise": case.enterprise},
        "kind": str(case.kind),
        "services": plain(case.services),
        "bureau": case.bureau,
        "state": str(case.state),
        "registered": case.registered(at.today),
        "registration": plain(case.registration),
        "turn": str(at.turn) if at.turn else None,
        "next": date_as_json(at.next, language) if at.next and at.turn else None,
        "overdue": list(at.overdue),
        "missing": list(_papers(case)),
        "quotes": [] if case.adopted else [_quote_as_json(quote) for quote in at.quotes],
        "notices": [
            {
                "due_on": row.notice.due_on.isoformat(),
                "ladder": row.notice.ladder,
                "rung": row.notice.rung,
                "to": row.notice.recipient,
                "channel": row.notice.channel,
                "status": row.status,
            }
            for row in file.notices
        ],
    }


def _quote_as_json(quote: Quote) -> dict[str, Any]:
    return {
        "kind": str(quote.kind),
        "hours": quote.hours,
        "onsite_hours": float(quote.onsite_hours),
        "office_hours": float(quote.office_hours),
        "rate": euros(quote.rate_cents),
        "rate_from": quote.rate_from.isoformat(),
        "excl": euros(quote.excl_cents),
        "vat_percent": float(quote.vat_percent),
        "vat": euros(quote.vat_cents),
        "incl": euros(quote.incl_cents),
    }


def moments(file: File, language: str) -> list[dict[str, str]]:
    """Return past steps, today and coming dates, in order."""
    at = file.card
    past = [
        _moment(
            row.event.on, "past", f"{label('trigger', row.event.trigger, language)} "
            f"→ {label('state', row.event.to, language)} ({row.event.by})",
        )
        for row in file.history
    ]  # fmt: skip
    whose = label("role", at.turn, language) if at.turn else "-"
    late = "".join(f", overdue: {clock}" for clock in at.overdue)
    now = f"{label('state', at.case.state, language)} ({whose}{late})"
    coming = [
        _moment(derived.on, "coming", why(derived, language))
        for derived in at.dates
        if at.turn and derived.on > at.today
    ]
    return [*past, _moment(at.today, "today", now), *coming]


def _moment(on: date, when: str, what: str) -> dict[str, str]:
    return {"on": on.isoformat(), "when": when, "what": what}
