"""Every deployment: what runs when; what people read before they click stands with each flow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from prefect import Flow
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from flows.adopt_registration import adopt_registration
from flows.deliver_notices import deliver_notices
from flows.guide_step import guide_step
from flows.import_file import import_file
from flows.raise_alarm import raise_alarm
from flows.show_case import show_case
from flows.steps import FORMS
from flows.submit_application import submit_application
from flows.sweep_deadlines import sweep_deadlines
from flows.sweep_part import sweep_part
from flows.verify_history import verify_history

TIMEZONE = "Europe/Brussels"


@dataclass(frozen=True, slots=True)
class Planned:
    """One deployment; it shares its name with its flow."""

    flow: Flow[..., Any]
    tags: tuple[str, ...]
    cron: str = ""  # empty: only when somebody asks
    place: str = ""  # the module, where it is not called after the flow

    @property
    def name(self) -> str:
        """The one name."""
        return self.flow.name

    def registered(self) -> RunnerDeployment:
        """Return it as Prefect registers it."""
        made = RunnerDeployment.from_flow(
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
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        # Found from any working directory.
        made.entrypoint = f"flows.{self.place or self.name}.{self.name}"
        return made


PLAN: tuple[Planned, ...] = (
    # Hourly, so that an outage is caught up within the hour; never at 02, which summer time
    # skips in March and doubles in October.
    Planned(sweep_deadlines, ("clock",), "10 0-1,3-23 * * *"),
    Planned(sweep_part, ("clock", "part")),  # begun by the sweep, as many as there is work for
    Planned(deliver_notices, ("clock", "mail"), "*/5 * * * *"),
    Planned(verify_history, ("clock", "proof"), "30 4 * * *"),
    Planned(submit_application, ("office",)),
    Planned(adopt_registration, ("office",)),
    Planned(import_file, ("office",)),
    Planned(show_case, ("office",)),
    Planned(guide_step, ("office", "guide")),
    Planned(raise_alarm, ("alarm",)),
    *(Planned(form, ("office", "step"), place="steps") for form in FORMS.values()),
)
RETIRED = ("fire_trigger",)  # deployments of earlier versions, to be taken away


def deployments() -> list[RunnerDeployment]:
    """Return all deployments, ready to be registered."""
    return [planned.registered() for planned in PLAN]
