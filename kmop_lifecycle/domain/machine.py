"""The page, interpreted by `transitions`: which state a step leads to.

One machine for the whole process; it drives a throw-away cursor and never sees a case or a row.
Conditions for people are asked before, in `guards`, because the library answers only yes or no.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from transitions import EventData, Machine

from kmop_lifecycle.domain.lifecycle import STEPS, State, Step, Trigger

_NOTHING = "-"  # where a case comes from that does not exist yet


@dataclass(slots=True)
class _Cursor:
    """Where the machine stands during one step."""

    state: str
    route: str


def _on_route(route: str) -> Any:  # noqa: ANN401  # the library's own callback type
    def condition(event: EventData) -> bool:
        return bool(getattr(event.model, "route", "") == route)

    return condition


def _transitions(step: Step) -> list[dict[str, Any]]:
    sources = [str(s) for s in sorted(step.sources)] or [_NOTHING]
    return [
        {
            "trigger": str(step.trigger),
            "source": source,
            "dest": str(step.to) if step.to else source,
            "conditions": [_on_route(step.route)] if step.route else [],
        }
        for source in sources
    ]


_MACHINE = Machine(
    model=None,
    states=[_NOTHING, *map(str, State)],
    transitions=[row for step in STEPS for row in _transitions(step)],
    initial=_NOTHING,
    auto_transitions=False,
    send_event=True,
)


@cache
def rows(trigger: Trigger, source: State | None) -> tuple[Step, ...]:
    """Return the page's rows for a trigger in a state; empty when there is no such step."""
    return tuple(
        step
        for step in STEPS
        if step.trigger is trigger and (source in step.sources if source else not step.sources)
    )


@cache  # the page does not change: the machine is asked once for each step of it
def move(trigger: Trigger, source: State | None, route: str = "") -> State:
    """Return the state after a step that `rows` allows; the route picks among several rows."""
    cursor = _Cursor(str(source) if source else _NOTHING, route)
    if not _MACHINE.events[str(trigger)].trigger(cursor):
        msg = f"the page has no route {route!r} for {trigger} from {source}"
        raise LookupError(msg)
    return State(cursor.state)
