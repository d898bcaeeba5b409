"""Which reminders the specification (§6) wants of a case on a day, written a second time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from tests.oracle import AUDITING, Told, later

FOLLOW_UP = "-6m -4m -3m -2m -1m -14d -7d -1d +1d"
RENEWAL = f"-12m {FOLLOW_UP}"
LEFT = "-3m -1m -14d -7d -1d"  # once a decision is asked for
Rung = tuple[date, str]
Ladder = tuple[str, date, list[tuple[str, list[Rung]]]]  # name, anchor date, role → rungs
SLOWLY = timedelta(days=1)


def on(anchor: date, rung: str) -> date:
    """Return the day of a rung."""
    found = re.fullmatch(r"([+-])(\d+)([dwm])", rung)
    if not found:
        return anchor
    count = int(found[2]) * (1 if found[1] == "+" else -1)
    if found[3] == "m":
        return later(anchor, count)
    return anchor + timedelta(days=count * (7 if found[3] == "w" else 1))


def rungs(anchor: date, names: str, first: str = "") -> list[Rung]:
    """Return days and names, from a role's first rung on."""
    found = [(on(anchor, name), name) for name in names.split()]
    return [rung for rung in found if not first or rung[0] >= on(anchor, first)]


def repeated(anchor: date, unit: str, today: date) -> list[Rung]:
    """Return a ladder without end, up to a day."""
    found, times = [(anchor, "0")], 0
    while found[-1][0] <= today:
        times += 1
        found.append((on(anchor, f"+{times}{unit}"), f"+{times}{unit}"))
    return found


def ladders(case: Told, today: date, renewal: Told | None) -> Iterator[Ladder]:
    """Yield the ladders that stand, with the rungs of provider and bureau."""
    yield from _before_the_decision(case, today)
    if case.state in ("prepared", "follow_up") and case.visit and not case.started:
        yield "visit", case.visit, [("provider", rungs(case.visit, "-14d -3d"))]
    if case.state in ("corrective_action", "follow_up") and case.verdict == "corrective":
        both = rungs(case.due, "-2m -1m -14d -3d")
        yield "measures", case.due, [("provider", both), ("bureau", both)]
    if case.state in ("certified", "follow_up", "suspended", "expired"):
        yield from _of_the_validity(case, renewal)


def _before_the_decision(case: Told, today: date) -> Iterator[Ladder]:
    if case.state == "applied":
        names = "+2w +25d +3m +6m +9m +11m".replace("+25d " if case.declared else " ", " ")
        yield "preparation", case.applied, [("provider", rungs(case.applied, names))]
    proof = case.exempt_until if case.kind == "exemption" else None
    if case.state in ("applied", "prepared") and proof and (case.visit or date.max) > proof:
        yield "evidence", proof, [("provider", rungs(proof, "-30d -7d"))]
    if case.adopted or case.pausing:
        return
    moved = timedelta(days=case.paused(today))
    if case.state == "prepared":
        over = case.applied + timedelta(days=43) + moved
        yield "waiting", over, [("bureau", repeated(over, "w", today))]
    if case.state in ("prepared", "onsite_audit", "office_audit"):
        soon, over = later(case.applied, 2) + moved, later(case.applied, 3) + moved + SLOWLY
        if over > today:  # of one ladder only the newest is sent
            yield "lead_time", soon, [("bureau", [(soon, "heads_up")])]
        yield "lead_time", over, [("bureau", repeated(over, "m", today))]


def _of_the_validity(case: Told, renewal: Told | None) -> Iterator[Ladder]:
    if renewal is not None and renewal.valid_from is not None:
        return  # everything stops on the registration decision
    asked = renewal is not None and renewal.state in AUDITING
    if case.two_year is not None:
        names, anchor, name = FOLLOW_UP, case.two_year, "follow_up"
        asked = asked or case.requested
    elif case.state != "follow_up":
        names, anchor, name = RENEWAL, case.valid_until, "renewal"
    else:
        return
    names = LEFT if asked else names
    if case.state != "expired":
        names = names.replace(" +1d", "")
    who = [("provider", rungs(anchor, names)), ("bureau", rungs(anchor, names, "-3m"))]
    yield name, anchor, who


def newest(case: Told, today: date, renewal: Told | None) -> Iterator[tuple[str, date, str, str]]:
    """Yield ladder, anchor date, rung and role of each rung that must have its row by now."""
    for name, anchor, who in ladders(case, today, renewal):
        for role, found in who:
            passed = [rung for rung in found if rung[0] <= today]
            if passed:
                yield name, anchor, max(passed)[1], role


def holds(
    case: Told, today: date, renewal: Told | None, ladder: str, rung: str, role: str
) -> bool:
    """Tell whether a reminder may go out today: it is the newest, and its day has not passed."""
    return any(
        (name, newest_rung, to) == (ladder, rung, role)
        and (not rung.startswith("-") or today <= anchor)
        for name, anchor, newest_rung, to in newest(case, today, renewal)
    )
