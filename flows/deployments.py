"""Every deployment: what runs when, and what people read before they click."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from prefect import Flow
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from flows.deliver_notices import deliver_notices
from flows.fire_trigger import fire_trigger
from flows.submit_application import submit_application
from flows.sweep_deadlines import sweep_deadlines
from flows.verify_history import verify_history

TIMEZONE = "Europe/Brussels"
PAGES = (
    "Pages: [today](/v2/artifacts/key/today) · [lifecycle](/v2/artifacts/key/lifecycle) · "
    "[history](/v2/artifacts/key/history)"
)


@dataclass(frozen=True, slots=True)
class Planned:
    """One deployment; it shares its name with its flow and its file."""

    flow: Flow[..., Any]
    tags: tuple[str, ...]
    description: str
    cron: str = ""  # empty: only when somebody asks

    @property
    def name(self) -> str:
        """The one name."""
        return self.flow.name

    def registered(self) -> RunnerDeployment:
        """Return it as Prefect registers it."""
        return RunnerDeployment.from_flow(
            self.flow,
            self.name,
            schedule=Cron(self.cron, timezone=TIMEZONE) if self.cron else None,
            # A run too many is dropped: the next one finds whatever it would have done.
            concurrency_limit=ConcurrencyLimitConfig(
                limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW
            )
            if self.cron
            else None,
            tags=list(self.tags),
            description=f"{self.description}\n\n{PAGES}",
            entrypoint_type=EntrypointType.MODULE_PATH,  # found from any working directory
        )


PLAN: tuple[Planned, ...] = (
    Planned(
        sweep_deadlines,
        ("clock",),
        "Writes down what the calendar has made true: opens follow-ups, ends registrations whose "
        "last day has passed, lapses stale applications, and writes every notice that is due.\n\n"
        "**Click** *Run* → *Quick run* to do it now; a second run moves nothing twice. "
        "*Custom run* takes a day, and *Dry run* only counts.",
        # Hourly, so that an outage is caught up within the hour; never at 02, which summer time
        # skips in March and doubles in October.
        "10 0-1,3-23 * * *",
    ),
    Planned(
        deliver_notices,
        ("clock", "mail"),
        "Sends the notices that are written and not yet sent, and tries again what failed.\n\n"
        "**Click** *Run* → *Quick run* to send now. A failed run says how many notices need help.",
        "*/5 * * * *",
    ),
    Planned(
        verify_history,
        ("clock", "proof"),
        "Replays every case's history and compares it with the register.\n\n"
        "**Click** *Run* → *Quick run*; a failed run names what does not agree.",
        "30 4 * * *",
    ),
    Planned(
        submit_application,
        ("office",),
        "Opens a case from a form.\n\n"
        "**Click** *Run* → *Custom run* and fill in the form. The run ends with the case number, "
        "or with the code of the rule that refuses. The form is removed from the run.",
    ),
    Planned(
        fire_trigger,
        ("office",),
        "Takes one step on one case: plan a visit, give the verdict, register, and all others.\n\n"
        "**Click** *Run* → *Custom run*, choose case, step and role, and fill in the details that "
        "the step asks for. Try it with *Dry run* first.",
    ),
)


def deployments() -> list[RunnerDeployment]:
    """Return all deployments, ready to be registered."""
    return [planned.registered() for planned in PLAN]
