"""Take a step for a form: through the one gate, then say where the case stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows import blocks
from flows.after import refused, shown
from flows.asked import told_by, who_may
from flows.forms import filled
from flows.outcome import run_key
from kmop_lifecycle.domain.case import Actor
from kmop_lifecycle.domain.decide import OPENING
from kmop_lifecycle.domain.errors import LifecycleError
from kmop_lifecycle.domain.inputs import read_day
from kmop_lifecycle.domain.lifecycle import Trigger
from kmop_lifecycle.service.fire import Answered, Command, fire


async def taken(trigger: Trigger, given: Mapping[str, Any]) -> str:
    """Fire and say where the case stands."""
    house, command = blocks.house(), asked_for(trigger, given)
    try:
        answered = fire(house, command)
    except LifecycleError:
        await refused(house, command.case or "")
        raise
    if not command.dry_run:
        await shown(house, answered.case)
    return line(answered)


def asked_for(trigger: Trigger, given: Mapping[str, Any]) -> Command:
    """Read a form as it arrives: plain JSON, unchecked."""
    said = filled(given)
    dry_run = bool(said.get("dry_run"))
    role = said.get("role", who_may(trigger)[0])
    return Command(
        trigger=trigger,
        by=Actor.parse(f"{role}:{said.get('user', '')}"),
        case=said.get("case"),
        on=read_day(said["on"], "on") if "on" in said else None,
        data=said.get("application", {}) if trigger in OPENING else told_by(said),
        key="" if dry_run else run_key(),
        dry_run=dry_run,
    )


def line(answered: Answered) -> str:
    """Say where the case stands now, or would stand."""
    if answered.dry_run and answered.trigger in OPENING:
        return "nothing stands in the way" + _warned(answered)  # it has no number yet
    would = "would be " if answered.dry_run else ""
    again = " (done before)" if answered.repeated else ""
    stands = f"{answered.case} {would}{answered.state}, version {answered.version}"
    return f"{stands}{again}{_warned(answered)}"


def _warned(answered: Answered) -> str:
    return f"; warnings: {', '.join(answered.warnings)}" if answered.warnings else ""
