"""Open a case from the application form."""

from __future__ import annotations

from functools import partial

from flows import described
from flows.asked import actors
from flows.drawn import drawn
from flows.forms import ApplicationForm, ask
from flows.opening import opened
from kmop_lifecycle.domain.lifecycle import Trigger

submit_application = drawn(
    "submit_application",
    "application",
    described.step(
        Trigger.SUBMIT, "Opens a case from an application. The form is removed from the run."
    ),
    {
        "application": (
            ApplicationForm,
            ask(0, "It is removed from this run before the run ends", title="Application"),
        ),
        **actors(Trigger.SUBMIT),
    },
    partial(opened, Trigger.SUBMIT),
)
