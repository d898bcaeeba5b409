"""Which reminders a case owes on a day, pure of any sending.

A rung is due from its day on. Of several missed rungs of one ladder only the newest is sent; the
others are recorded as moot. What is in the ledger already is never written again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date

from kmop_lifecycle.domain.calendar import Rung
from kmop_lifecycle.domain.case import Case, Due, Notice
from kmop_lifecycle.domain.derive import Derived
from kmop_lifecycle.domain.ladders import Instance, Key, instances
from kmop_lifecycle.domain.rulebook import RuleBook

__all__ = ["Key", "ladder_dues", "ladder_kind", "next_escalation", "owed", "still_holds"]


def _passed(instance: Instance, today: date) -> list[Rung]:
    return [r for r in instance.rungs(today) if r.on(instance.anchor.on) <= today]


def owed(case: Case, rules: RuleBook, today: date, ledger: Collection[Key]) -> list[Notice]:
    """Return the rows a case owes on a day: the newest missed rung of each ladder, older as moot.

    A ladder with two anchors (`lead_time`) is one ladder: its newest rung is the newest of both.
    """
    newest: dict[str, date] = {}
    found = [(i, rung) for i in instances(case, rules, today) for rung in _passed(i, today)]
    for instance, rung in found:
        name, day = _family(instance), rung.on(instance.anchor.on)
        newest[name] = max(day, newest.get(name, day))
    rows: list[Notice] = []
    for instance, rung in found:
        sent = rung.on(instance.anchor.on) == newest[_family(instance)]
        sent = sent and instance.holds(rung, today)
        rows += [
            replace(notice, moot=not sent)
            for notice in instance.notices(rung)
            if notice.key not in ledger
        ]
    return rows


def _family(instance: Instance) -> str:
    """Which rungs take each other's place: those of one anchor date; both of `lead_time`'s."""
    if instance.ladder.name == "lead_time":
        return instance.ladder.name
    return f"{instance.anchor.name} {instance.anchor.on}"


def still_holds(notice: Notice, case: Case, rules: RuleBook, today: date) -> bool:
    """Tell, just before sending, whether a notice is still true and still the newest.

    What happened (`step`) stays true. A reminder holds while its ladder stands at the same anchor
    date, its rung applies, its day has not passed and no newer rung has come.
    """
    if notice.ladder == "step":
        return True
    wanted = replace(notice, moot=False).key
    return any(
        row.key == wanted and not row.moot for row in owed(case, rules, today, ledger=frozenset())
    )


def next_escalation(case: Case, rules: RuleBook, today: date) -> Derived | None:
    """Return the next notice of a ladder that has no end: what comes when all dates are past."""
    coming = [
        replace(
            instance.anchor,
            name="escalation_on",
            on=rung.on(instance.anchor.on),
            fact=instance.anchor.name,
            start=instance.anchor.on,
            length=str(rung.period),
            plus_days=0,
            paused_days=0,
        )
        for instance in instances(case, rules, today)
        if instance.ladder.repeat is not None
        for rung in instance.rungs(today)
        if rung.on(instance.anchor.on) > today
    ]
    return min(coming, key=lambda derived: derived.on, default=None)


def ladder_dues(
    case: Case, rules: RuleBook, today: date, ledger: Collection[Key]
) -> Iterator[Due]:
    """Yield for each standing ladder the day of its first rung that has no row yet."""
    for instance in instances(case, rules, today):
        days = [day for day, key in instance.keys(today) if key not in ledger]
        if days:
            yield Due(ladder_kind(instance), min(days))


def ladder_kind(instance: Instance) -> str:
    """Return under which name a ladder's next date is kept."""
    return f"{instance.ladder.name}:{instance.anchor.name}"
