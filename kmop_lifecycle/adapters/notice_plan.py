"""Which words a notice has and which date it asks to keep, as `plan.toml` says."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from kmop_lifecycle.adapters.words import word
from kmop_lifecycle.domain.case import Case, Notice
from kmop_lifecycle.domain.derive import Derived
from kmop_lifecycle.domain.lifecycle import AUDITING, Trigger

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Kept:
    """The date a notice asks to keep and the name that date goes by."""

    name: str
    on: date
    says: str  # by, on or until


def entry_of(notice: Notice, case: Case, plan: Mapping[str, Any]) -> str:
    """Return which entry of `notices.toml` speaks for a notice."""
    if notice.ladder == "step":
        return _step_entry(notice, case)
    requested = {
        "follow_up": case.audit_requested_on is not None,
        "renewal": case.successor is not None and case.successor.state in AUDITING,
    }
    if notice.ladder in requested:
        if notice.rung.startswith("+"):
            return f"{notice.ladder}.ended"
        return f"{notice.ladder}.{'decision' if requested[notice.ladder] else 'open'}"
    table = word(plan, "entries", notice.ladder)
    which = table.get(notice.anchor) or table.get(notice.rung) or word(table, "*")
    return f"{notice.ladder}.{which}"


def _step_entry(notice: Notice, case: Case) -> str:
    """Read the trigger from a step's rung; its anchor is `event:SEQ`."""
    if notice.rung != Trigger.GIVE_VERDICT:
        return f"step.{notice.rung}"
    newest = notice.anchor == f"event:{case.version}"  # else the case may hold another verdict
    return f"step.give_verdict.{(newest and case.audit.verdict) or 'given'}"


def kept_date(
    wanted: Mapping[str, Any], notice: Notice, dates: tuple[Derived, ...]
) -> Kept | None:
    """Return the first of the wanted dates that there is."""
    known = {derived.name: derived.on for derived in dates}
    for each in wanted["keep"]:
        name = each.removesuffix("-1d")
        on = notice.anchor_on if name == "anchor" else known.get(name)
        if on is not None:
            # The day before a date is an entry of its own: it must not move that of the date.
            day, shift = (on - _DAY, "-1d") if each != name else (on, "")
            own = notice.anchor if name == "anchor" else name
            return Kept(own + shift, day, wanted["says"])
    return None


def reference(notice: Notice) -> str:
    """Return what stays the same however often one notice is sent."""
    return hashlib.sha256("|".join(notice.key).encode()).hexdigest()[:12]
