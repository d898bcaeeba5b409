"""Tell the office's own people that something needs a hand; automations start it."""

from __future__ import annotations

from prefect import flow
from prefect.states import Failed

from flows import blocks
from flows.described import clockwork
from flows.outcome import Ending, told
from kmop_lifecycle.service.alarm import alarm


@flow(
    name="raise_alarm",
    flow_run_name="alarm: {what}",
    description=clockwork(
        "Mails one line to `admin_email`. Automations start it when no sweep has happened for 26 "
        "hours and when notices have waited for more than a day. Its run ends as *Failed*, so "
        "that the dashboard shows it.",
        "to try whether the mail arrives.",
    ),
    persist_result=False,
    result_serializer="json",
    validate_parameters=False,
)
async def raise_alarm(what: str = "a trial of the alarm") -> Ending:
    """Raise an alarm.

    Args:
        what: What has happened, in one line.

    """
    return await told(_raised(what))


async def _raised(what: str) -> Ending:
    outcome = alarm(blocks.house(), what)
    return Failed(message=f"{what}; mail to the admin: {outcome.status}")
