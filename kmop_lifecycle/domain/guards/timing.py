"""Conditions on pauses, on the follow-up and on what the clock does."""

from __future__ import annotations

from kmop_lifecycle.domain.attempt import Attempt, no_step, refuse
from kmop_lifecycle.domain.clocks import DATES
from kmop_lifecycle.domain.errors import Code
from kmop_lifecycle.domain.lifecycle import CLOCK, Role, Trigger


def starter_not_extended(attempt: Attempt) -> str | None:
    """Only a starter's first registration has a follow-up."""
    if not attempt.case.starter_running:
        raise no_step(attempt, "this is not a starter's first registration")
    return None


def clock_reached(attempt: Attempt) -> str | None:
    """What the clock does is not done before its date; the bureau may open a follow-up earlier."""
    if attempt.trigger is Trigger.OPEN_FOLLOW_UP and attempt.by.role is Role.BUREAU:
        return None
    name = dict(CLOCK)[attempt.trigger]
    due = DATES[name](attempt.case, attempt.rules, attempt.on)
    if due is None or due.on > attempt.on:
        when = due.on if due else "never"
        raise refuse(
            Code.IN_FUTURE,
            f"{attempt.trigger} is due on {when}, not on {attempt.on}",
            "the sweep does it by itself when its day has come",
        )
    return None


def not_paused(attempt: Attempt) -> str | None:
    """A pause is not opened twice."""
    if attempt.case.paused:
        raise no_step(attempt, f"paused since {attempt.case.pauses[-1].since}")
    return None


def paused(attempt: Attempt) -> str | None:
    """There is a pause to end."""
    if not attempt.case.paused:
        raise no_step(attempt, "the case is not paused")
    return None
