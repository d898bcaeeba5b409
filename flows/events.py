"""Tell Prefect's event feed what happened to a case: each step, each escalation.

The feed is for looking and for automations; it forgets after seven days. An event's id is made of
what it tells, so that telling it again, by a form and then by the sweep, tells nothing new.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID, uuid5

from prefect.events import emit_event

from kmop_lifecycle.domain.case import Case, Event, Notice

_SPACE = UUID("7c0a5a0e-5d0f-4d52-9a3c-3f3d2f6f0b1c")  # ours alone
ESCALATIONS = frozenset({"waiting", "lead_time"})  # the ladders that speak of what is overdue


def tell_steps(happened: Iterable[tuple[Case, Event]]) -> None:
    """Emit one event for each step."""
    for case, event in happened:
        _emit(
            f"kmop.case.{event.trigger}",
            f"{case.number} {event.seq}",
            case,
            {
                "from": event.source and str(event.source),
                "to": str(event.to),
                "by": str(event.by.role),
                "on": event.on.isoformat(),
                "warnings": list(event.warnings),
            },
        )


def tell_escalations(written: Iterable[tuple[Case, Notice]]) -> None:
    """Emit one event for each escalation."""
    for case, notice in written:
        _emit(
            f"kmop.escalation.{notice.ladder}",
            " ".join(notice.key),
            case,
            {"rung": notice.rung, "to": notice.recipient, "due_on": notice.due_on.isoformat()},
        )


def tell_backlog(waiting: int, day: str) -> None:
    """Emit, once a day, that notices have been waiting for long."""
    emit_event(
        "kmop.deliveries.backlog",
        {"prefect.resource.id": "kmop.deliveries", "prefect.resource.name": "Deliveries"},
        payload={"waiting": waiting},
        id=uuid5(_SPACE, f"backlog {day}"),
    )


def _emit(name: str, identity: str, case: Case, payload: dict[str, object]) -> None:
    emit_event(
        name,
        {
            "prefect.resource.id": f"kmop.case.{case.number}",
            "prefect.resource.name": f"Case {case.number}",
            "kmop.state": str(case.state),
            "kmop.kind": str(case.kind),
        },
        related=[
            {
                "prefect.resource.id": f"kmop.bureau.{case.bureau}",
                "prefect.resource.role": "bureau",
                "prefect.resource.name": case.bureau,
            },
            {
                "prefect.resource.id": f"kmop.provider.{case.enterprise}",
                "prefect.resource.role": "provider",
            },
        ],
        payload=payload,
        id=uuid5(_SPACE, f"{name} {identity}"),
    )
