"""The forms: one deployment per step that people take, drawn from the page of the lifecycle.

A row here gives a step its form, named after its trigger; which fields it asks, who may and from
which states stand in the domain, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from prefect import Flow, runtime

from flows import described
from flows.asked import actors, details
from flows.drawn import drawn
from flows.forms import ask
from flows.taking import taken
from kmop_lifecycle.domain.lifecycle import Trigger

T = Trigger
CASE = {"title": "Case", "pattern": r"^\d{4}-\d{6,}$", "examples": ["2026-000042"]}

PURPOSES: Mapping[Trigger, str] = {
    T.CONFIRM_PREPARED: "Confirms that the papers are complete: the visit can be planned.",
    T.PLAN_VISIT: "Agrees on the day of the visit and on the auditor.",
    T.START_VISIT: "Records that the visit at the provider has begun.",
    T.CLOSE_VISIT: "Records the visit: two scores per indicator, and the approved visit report.",
    T.FINISH_REPORT: "Records that the office part is done: hours spent and the report.",
    T.GIVE_VERDICT: "Records the committee's verdict, with measures when it is corrective.",
    T.REGISTER: "Registers the provider: the validity begins.",
    T.REFUSE: "Refuses the registration.",
    T.SUBMIT_EVIDENCE: "Hands in the answers to the corrective measures.",
    T.ORDER_REAUDIT: "Orders a new visit where answers on paper do not suffice.",
    T.UPHOLD_APPEAL: "Upholds an appeal: the case goes on where it was rejected.",
    T.WITHDRAW: "Withdraws the application.",
    T.OPEN_FOLLOW_UP: "Opens a starter's follow-up before the calendar does.",
    T.REQUEST_AUDIT: "Asks for the follow-up audit.",
    T.EXTEND: "Extends a starter's registration to five years after a positive follow-up.",
    T.SUSPEND: "Suspends the registration; the validity keeps running.",
    T.LIFT: "Lifts the suspension.",
    T.REVOKE: "Revokes the registration for good.",
    T.RELINQUISH: "Records that the provider gives the registration up.",
    T.PAUSE: "Pauses the preparation at the provider's wish: the dates move along.",
    T.RESUME: "Ends the pause.",
    T.WAIVE: "Permits a visit before the waiting window opens.",
    T.CHANGE_KIND: "Changes the audit kind: a new quote, other indicators.",
}


def run_name() -> str:
    """Name the run after its case and step."""
    return f"{runtime.flow_run.parameters.get('case')} {runtime.flow_run.flow_name}"


def _form(trigger: Trigger) -> Flow[..., Any]:
    number = ask(
        0, "Case number", title="Case", pattern=r"^\d{4}-\d{6,}$", examples=["2026-000042"]
    )
    asked = {"case": (str, number), **details(trigger), **actors(trigger)}
    told = described.step(trigger, PURPOSES[trigger])
    return drawn(str(trigger), run_name, told, asked, partial(taken, trigger))


FORMS = {trigger: _form(trigger) for trigger in PURPOSES}
globals().update({form.name: form for form in FORMS.values()})  # where a run looks for its flow
